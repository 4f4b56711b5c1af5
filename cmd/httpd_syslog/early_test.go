package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"httpd-syslog/forwarder/testbed"
)

// TestBeforeAll: Go initialises the package that keeps signals before those that it could wait for.
func TestBeforeAll(t *testing.T) {
	t.Parallel()
	cmd := exec.Command(program(), "version")
	cmd.Env = append(os.Environ(), "GODEBUG=inittrace=1")
	trace, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, trace)
	}
	var order []string
	for line := range strings.Lines(string(trace)) {
		if name, ok := strings.CutPrefix(line, "init "); ok {
			order = append(order, strings.Fields(name)[0])
		}
	}
	early := slices.Index(order, "httpd-syslog/cmd/httpd_syslog/early")
	for _, later := range []string{"errors", "sync", "syscall", "time", "os", "os/signal"} {
		if i := slices.Index(order, later); early < 0 || i >= 0 && i < early {
			t.Errorf("%s is initialised before it: %q", later, order)
		}
	}
}

// TestEarlySIGTERM: under load, fronts get SIGTERM as soon as they have a handler, the first
// thing that they see to. Whatever is written to their pipes after that is taken in. Every
// other one gets it with its process group, as the prefork Apache does it; a third of them
// when the intake is there, perhaps not as far as its first instruction.
func TestEarlySIGTERM(t *testing.T) {
	const fronts, atOnce = 40, 8
	var busy atomic.Bool
	busy.Store(true)
	defer busy.Store(false)
	for range 2 {
		go func() {
			for busy.Load() {
			}
		}()
	}
	s := newSite(t)
	s.configure("deliver = \"service\"\n%s", s.places())
	for range fronts / atOnce {
		starting := make([]*front, 0, atOnce)
		var pipes []*os.File
		for range atOnce {
			r, w := testbed.Pipe(t)
			cmd := s.command(r, "--config", s.config)
			cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
			starting, pipes = append(starting, s.run(cmd)), append(pipes, w)
			r.Close()
		}
		for i, f := range starting {
			pid := f.cmd.Process.Pid
			if i%3 == 2 {
				testbed.Eventually(t, "a child of the front", func() bool { return hasChild(t, pid) })
			} else {
				testbed.Eventually(t, "the front's handler", func() bool { return testbed.Process(pid).Ignores(syscall.SIGUSR1) })
			}
			if i%2 == 1 {
				pid = -pid
			}
			kill(t, pid, syscall.SIGTERM)
			<-f.exited // with status 0, or by the signal where there was an intake
		}
		for _, w := range pipes {
			if _, err := fmt.Fprintln(w, "a line"); err != nil {
				t.Errorf("nobody reads the pipe: %v", err)
			}
			w.Close()
		}
	}
	testbed.Eventually(t, "the end of all intakes", s.gone())
	if n := strings.Count(s.spooled(), "a line\n"); n != fronts {
		t.Errorf("%d of %d lines are in the spool", n, fronts)
	}
}

// hasChild reports whether a process has started another that is not its own thread: by
// then it is in a session of its own, out of reach of signals to the group. A child is
// that of the thread which started it, whichever that was.
func hasChild(t *testing.T, pid int) bool {
	t.Helper()
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	if err != nil {
		t.Fatal(err)
	}
	var child []string
	for _, thread := range threads {
		b, _ := os.ReadFile(thread) // it may just have ended
		child = append(child, strings.Fields(string(b))...)
	}
	if len(child) == 0 {
		return false
	}
	b, _ := os.ReadFile("/proc/" + child[0] + "/stat") // likewise
	_, after, _ := strings.Cut(string(b), ") ")
	stat := strings.Fields(after)
	const session = 3
	return len(stat) > session && stat[session] == child[0]
}
