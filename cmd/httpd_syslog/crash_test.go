//go:build faultpoints

package main

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"httpd-syslog/forwarder/testbed"
)

// crashPoints are all that package fault knows of. What passes them decides which
// process is killed.
var crashPoints = []struct {
	name   string
	intake bool // it is one
	atEnd  bool // passed when the input has ended
}{
	{"intake.read", true, false},
	{"spool.roll.before", true, false},
	{"spool.roll.created", true, false},
	{"spool.roll.after", true, false},
	{"spool.head.after", true, false},
	{"spool.write.before", true, false},
	{"spool.write.after", true, false},
	{"intake.leave", true, true},
	{"deliver.locked", false, false},
	{"deliver.adopted", false, false},
	{"record.written", false, false},
	{"record.placed", false, false},
	{"local.write.before", false, false},
	{"local.write.after", false, false},
	{"local.commit.before", false, false},
	{"local.commit.synced", false, false},
	{"local.commit.after", false, false},
	{"local.rotate.committed", false, false},
	{"local.rotate.rotated", false, false},
	{"seal.record.before", false, false},
	{"seal.record.after", false, false},
	{"seal.event.before", false, false},
	{"seal.event.after", false, false},
	{"relay.send.before", false, false},
	{"relay.send.after", false, false},
	{"relay.accept", false, false},
	{"relay.commit.before", false, false},
	{"relay.commit.after", false, false},
	{"clean.before", false, false},
	{"clean.after", false, false},
	{"deliver.draining", false, true},
	{"relay.end", false, true},
}

// TestCrashMatrix kills -9, at each named point: the process that passes it; that
// one with all others; and, while the process stands at the point, the other one
// (the deliverer, or the intake) or the server. Each time the promises hold after a
// restart.
func TestCrashMatrix(t *testing.T) {
	for _, point := range crashPoints {
		for _, victim := range []string{"itself", "all", "other", "server"} {
			if victim == "other" && point.atEnd && !point.intake {
				continue // no intake is left
			}
			t.Run(point.name+"/"+victim, func(t *testing.T) {
				t.Parallel()
				s, srv := newSite(t), newServer(t)
				srv.senderDies = true
				srv.open()
				s.configure("%smax_size = \"64KiB\"\ncompress = false\n[spool]\nmax_size = \"4MiB\"\n%s%s", s.places(), seals, srv.relay("central"))
				crash(t, s, srv, point.name, victim, point.atEnd, point.intake)
			})
		}
	}
}

func crash(t *testing.T, s *site, srv *server, point, victim string, atEnd, intake bool) {
	f := &feed{t: t}
	endBeside := func() {}
	if victim == "other" && intake { // there must be one: an intake without that fault has it started
		beside, w := s.pipe()
		f.w = w
		f.write(1)
		s.one("deliver")
		endBeside = func() {
			w.Close()
			beside.wait(0)
		}
	}
	marker := filepath.Join(s.dir, "marker")
	action := "stop"
	if victim == "itself" {
		action = "kill"
	}
	r, w := testbed.Pipe(t)
	cmd := s.command(r, "--config", s.config)
	cmd.Env = append(os.Environ(), "HTTPD_SYSLOG_FAULT="+point+"="+action, "HTTPD_SYSLOG_FAULT_MARKER="+marker)
	front := s.run(cmd)
	r.Close()
	f.w = w
	f.write(1000)
	if atEnd {
		w.Close()
	}
	testbed.Eventually(t, "the point is passed", func() bool {
		if !atEnd && f.lines < 100000 {
			f.write(100)
		}
		return testbed.Exists(marker)
	})
	killed := 0 // intakes
	switch victim {
	case "itself":
		awaitDeath(t, marker)
		if intake {
			killed++
		}
	case "all":
		killed = len(s.pids("intake"))
		killAll(t, append(s.pids("intake"), s.pids("deliver")...))
	case "other":
		if intake {
			killAll(t, []int{s.one("deliver")})
			break
		}
		killed++
		killAll(t, []int{s.one("intake")})
	case "server":
		srv.reset()
	}
	testbed.WriteFile(t, marker+".go", "")
	if victim == "server" {
		srv.open()
	}
	if !atEnd {
		for range 20 {
			f.write(100)
			time.Sleep(time.Millisecond) // so that it is not all one frame
		}
		w.Close()
	}
	front.wait(0)
	endBeside()
	// Whoever was killed after the end of the input has a successor with the next.
	again, w2 := s.pipe()
	f.w = w2
	f.write(1)
	w2.Close()
	again.wait(0)
	s.awaitEnd()
	o := f.check(s, srv, killed == 0)
	s.checkNothingFound()
	s.checkSeals(srv)
	t.Logf("%s: %s killed: %d lines, %d lost (%d bytes), %d torn, %d repeats", point, victim, f.lines, len(o.lost), o.lostBytes(), o.torn, o.repeats)
	if o.lostBytes() > killed*oneFrame || o.torn > killed {
		t.Errorf("%d bytes lost and %d torn lines, with %d intakes killed", o.lostBytes(), o.torn, killed)
	}
}

// awaitDeath waits until the process has died that has written the marker of a fault point.
func awaitDeath(t *testing.T, marker string) {
	t.Helper()
	testbed.Eventually(t, "the process has died", func() bool {
		pid, err := strconv.Atoi(testbed.ReadFile(t, marker))
		return err == nil && syscall.Kill(pid, 0) != nil
	})
}

// killAll kills processes and waits for their end.
func killAll(t *testing.T, pids []int) {
	t.Helper()
	for _, pid := range pids {
		kill(t, pid, syscall.SIGKILL)
	}
	testbed.Eventually(t, "they have died", func() bool {
		return !slices.ContainsFunc(pids, func(pid int) bool { return syscall.Kill(pid, 0) == nil })
	})
}

// TestDelivererDiesAsTheIntakeLeaves: what looked like somebody who delivers was
// the lock of one that had been killed. The last lines do not wait for the web
// server's next start.
func TestDelivererDiesAsTheIntakeLeaves(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.configure("%s", s.places())
	if err := os.Mkdir(s.state, 0o755); err != nil {
		t.Fatal(err)
	}
	dying, err := os.Create(filepath.Join(s.state, "delivery.lock"))
	if err == nil {
		err = syscall.Flock(int(dying.Fd()), syscall.LOCK_EX)
	}
	if err != nil {
		t.Fatal(err)
	}
	front, w, passed, release := s.startFaulty("intake.leave=stop")
	writeLines(t, w, 1, 10)
	w.Close()
	testbed.Eventually(t, "the intake is about to leave", passed)
	release()
	time.Sleep(500 * time.Millisecond) // as long as it may take to die
	dying.Close()
	front.wait(0)
	s.awaitEnd()
	checkAll(t, "local log", s.localLines(), 10)
}
