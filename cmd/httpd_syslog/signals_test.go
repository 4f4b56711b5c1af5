package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"httpd-syslog/forwarder/testbed"
)

// TestFrontObeysSIGTERMAtOnceAndTheIntakeReadsOn: Apache waits for its error
// logger to go, while workers still write to it.
func TestFrontObeysSIGTERMAtOnceAndTheIntakeReadsOn(t *testing.T) {
	t.Parallel()
	const limit, attempts = 100 * time.Millisecond, 20
	best := time.Hour
	for i := 0; i < attempts && best > limit; i++ { // a machine may be busy just then
		best = min(best, termUnderLoad(t))
	}
	t.Logf("from SIGTERM to the end of the front: %v", best)
	if best > limit {
		t.Errorf("the front took %v to end", best)
	}
}

// killed is the status of a process that a signal has ended.
const killed = -1

// isFollower reports whether a front is the process that it becomes behind its start, which
// has none of a handler's threads.
func isFollower(pid int) bool {
	args := testbed.Process(pid).Args()
	return slices.Contains(args[min(1, len(args)):], "front")
}

// termUnderLoad ends a front while lines come, and returns how long that took.
func termUnderLoad(t *testing.T) time.Duration {
	t.Helper()
	s := newSite(t)
	s.configure("%s", s.places())
	f, w := s.pipe()
	b := writeOn(w)
	intake := s.one("intake")
	s.awaitLocalLines(100)
	testbed.Eventually(t, "the front without a handler", func() bool { return isFollower(f.cmd.Process.Pid) })
	began := time.Now()
	kill(t, f.cmd.Process.Pid, syscall.SIGTERM)
	<-f.exited
	took := time.Since(began)
	f.wait(killed)
	before := len(s.local("access_log"))
	testbed.Eventually(t, "later lines", func() bool { return len(s.local("access_log")) > before+100_000 })
	if pid := s.one("intake"); pid != intake {
		t.Errorf("the intake is %d, it was %d", pid, intake)
	}
	n := b.end(t)
	w.Close()
	s.awaitEnd()
	checkAll(t, "local log", s.localLines(), n)
	return took
}

// awaitLocalLines waits until the local log has lines.
func (s *site) awaitLocalLines(n int) {
	s.t.Helper()
	testbed.Eventually(s.t, "lines in the local log", func() bool {
		return strings.Count(s.local("access_log"), "\n") >= n
	})
}

// TestIntakeIgnoresTheGroupsSignals: Apache sends them to its whole process
// group while there are lines to come.
func TestIntakeIgnoresTheGroupsSignals(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.configure("%s", s.places())
	f, w := s.pipe()
	writeLines(t, w, 1, 10)
	intake := s.one("intake")
	s.awaitLocal("access_log", line(10)+"\n") // it has set up its signals
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGHUP, syscall.SIGINT} {
		kill(t, intake, sig)
	}
	for _, sig := range []syscall.Signal{syscall.SIGHUP, syscall.SIGUSR1} {
		kill(t, f.cmd.Process.Pid, sig)
	}
	writeLines(t, w, 11, 20)
	s.awaitLocal("access_log", line(20)+"\n")
	if pid := s.one("intake"); pid != intake {
		t.Errorf("the intake is %d, it was %d", pid, intake)
	}
	w.Close()
	f.wait(0)
	s.awaitEnd()
	checkAll(t, "local log", s.localLines(), 20)
}

// What an intake that is killed may cost.
const (
	readMax = 128 << 10 // at least as in forwarder: bytes of one read
	maxLine = 128       // more than any line here has
)

// TestKilledIntakeCostsTheFrameInHand: the front starts another, which goes on
// with what the kernel holds. No line comes twice.
func TestKilledIntakeCostsTheFrameInHand(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.killIntakes(5, func(_, _ int, _ *burden) {
		size := len(s.local("access_log"))
		testbed.Eventually(t, "more lines", func() bool { return len(s.local("access_log")) > size+200_000 })
	})
}

// killIntakes kills one intake after the other under load, each when moment
// returns, and holds what that has cost against what it may.
func (s *site) killIntakes(kills int, moment func(i, pid int, b *burden)) {
	s.t.Helper()
	s.configure("%s", s.places())
	f, w := s.pipe()
	b := writeOn(w)
	s.awaitLocalLines(1)
	for i := range kills {
		pid := s.one("intake")
		s.awaitSpooling(pid)
		moment(i, pid, b)
		kill(s.t, pid, syscall.SIGKILL)
		s.another("intake", pid)
	}
	n := b.end(s.t)
	w.Close()
	f.wait(0)
	s.awaitEnd()
	s.checkKills(n, kills)
}

// checkKills holds that kills of an intake have cost no more than they may.
func (s *site) checkKills(n, kills int) {
	s.t.Helper()
	y := tallyUp(s.localLines(), n)
	s.t.Logf("%d kills under load, %d lines: %v", kills, n, y)
	s.t.Logf("gaps of %d bytes, %.100q torn", y.gaps, y.torn)
	if limit := kills * (readMax + maxLine); y.missingBytes > limit {
		s.t.Errorf("%d bytes are missing, more than the frame in hand and the partial line of each kill: %d", y.missingBytes, limit)
	}
	for _, gap := range y.gaps {
		if gap > readMax+maxLine {
			s.t.Errorf("%d bytes in a row are missing, more than the frame in hand and the partial line: %d", gap, readMax+maxLine)
		}
	}
	if len(y.torn) > kills {
		s.t.Errorf("%d torn lines: %q", len(y.torn), y.torn)
	}
	if y.doubled > 0 {
		s.t.Errorf("%d lines are doubled", y.doubled)
	}
	// Their order is not asserted: a dead intake's files and those of the next are
	// read in turn, so that a backlog of both comes mixed.
}

// TestKilledIntakeWithAFullPipeCostsTheFrameInHand: the moment when most is at
// stake. The intake is stopped until the pipe is full, and killed at some
// instant while it makes up for that, a little later each time.
func TestKilledIntakeWithAFullPipeCostsTheFrameInHand(t *testing.T) {
	t.Parallel()
	newSite(t).killIntakes(8, func(i, pid int, b *burden) {
		testbed.Process(pid).Stop(t)
		b.awaitBlocked(t)
		testbed.Process(pid).Continue(t)
		for began := time.Now(); time.Since(began) < time.Duration(i+4)*250*time.Microsecond; {
		}
	})
}

// awaitSpooling waits until an intake has written to its spool file. One that
// is killed before proves nothing, and one that is killed between making the
// file and writing to it keeps the deliverer for a minute: an empty file is
// taken for one whose writer has died only then.
func (s *site) awaitSpooling(pid int) {
	s.t.Helper()
	testbed.Eventually(s.t, "the intake's first frame", func() bool {
		names, _ := filepath.Glob(filepath.Join(s.state, "spool", fmt.Sprintf("*-%d.*", pid))) // the pattern is good
		for _, name := range names {
			if st, err := os.Stat(name); err == nil && st.Size() > 0 {
				return true
			}
		}
		return false
	})
}

// TestSecondFrontOnOnePipeTearsNothing: someone kills a front with -9, Apache
// starts another on the same pipe, and the first intake still reads.
func TestSecondFrontOnOnePipeTearsNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.configure("%s", s.places())
	r, w := testbed.Pipe(t)
	first := s.start(r)
	b := writeOn(w)
	s.awaitLocalLines(100)
	intake := s.one("intake")
	kill(t, first.cmd.Process.Pid, syscall.SIGKILL)
	first.wait(-1)
	second := s.start(r)
	s.another("intake", intake)
	size := len(s.local("access_log"))
	testbed.Eventually(t, "more lines", func() bool { return len(s.local("access_log")) > size+1_000_000 })
	if n := len(s.pids("intake")); n != 2 {
		t.Errorf("there are %d intakes, not one that reads and one that waits", n)
	}
	n := b.end(t)
	w.Close()
	second.wait(0)
	s.awaitEnd()
	checkAll(t, "local log", s.localLines(), n)
}

// TestSecondFrontGoesOnWhereTheFirstIntakeDies: the intake that has waited has
// the pipe then.
func TestSecondFrontGoesOnWhereTheFirstIntakeDies(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.configure("%s", s.places())
	r, w := testbed.Pipe(t)
	first := s.start(r)
	writeLines(t, w, 1, 1000)
	s.awaitLocalLines(1000)
	intake := s.one("intake")
	kill(t, first.cmd.Process.Pid, syscall.SIGKILL)
	first.wait(-1)
	second := s.start(r)
	s.another("intake", intake)
	kill(t, intake, syscall.SIGKILL) // it has everything in the spool: nothing may be missing
	writeLines(t, w, 1001, 2000)
	s.awaitLocalLines(2000)
	w.Close()
	second.wait(0)
	s.awaitEnd()
	checkAll(t, "local log", s.localLines(), 2000)
}

// TestFrontSurvivesItsExecutable: an upgrade replaces the file while it runs.
func TestFrontSurvivesItsExecutable(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.configure("%s", s.places())
	exe := s.dir + "/httpd_syslog"
	copyPrograms(t, s.dir)
	r, w := testbed.Pipe(t)
	cmd := s.command(r, "--config", s.config)
	cmd.Path = exe
	f := s.run(cmd)
	intake := s.one("intake")
	if err := os.Remove(exe); err != nil {
		t.Fatal(err)
	}
	kill(t, intake, syscall.SIGKILL)
	s.another("intake", intake)
	writeLines(t, w, 1, 1000)
	w.Close()
	f.wait(0)
	s.awaitEnd()
	checkAll(t, "local log", s.localLines(), 1000)
}

// copyPrograms copies the programs, in a process of its own: a descriptor to
// write with would be inherited by what other tests are starting, and the copy
// could not be executed ("text file busy").
func copyPrograms(t *testing.T, to string) {
	t.Helper()
	if out, err := exec.Command("cp", program(), program()+"d", to).CombinedOutput(); err != nil {
		t.Fatalf("cp: %v: %s", err, out)
	}
}
