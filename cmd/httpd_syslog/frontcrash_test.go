//go:build faultpoints

package main

import (
	"syscall"
	"testing"

	"httpd-syslog/forwarder/testbed"
)

// TestSIGTERMAtAFrontsStart: from its first steps on a front that is asked to end, alone or
// with its process group, starts an intake first, which takes in all that comes.
func TestSIGTERMAtAFrontsStart(t *testing.T) {
	t.Parallel()
	for _, point := range []string{"front.begun", "front.started", "front.settled"} {
		for name, sign := range map[string]int{"alone": 1, "group": -1} {
			t.Run(point+"/"+name, func(t *testing.T) {
				t.Parallel()
				s := newSite(t)
				s.configure("%s", s.places())
				f, w, passed, release := s.startFaulty(point + "=stop")
				testbed.Eventually(t, "the front stands", passed)
				kill(t, sign*f.cmd.Process.Pid, syscall.SIGTERM)
				release()
				<-f.exited // with status 0, or by the signal where there was an intake
				writeLines(t, w, 1, 1000)
				w.Close()
				s.awaitLocalLines(1000)
				s.awaitEnd()
				checkAll(t, "local log", s.localLines(), 1000)
			})
		}
	}
}

// TestKilledWhileStarting: a front that is killed with its intake just started leaves that to
// read on.
func TestKilledWhileStarting(t *testing.T) {
	t.Parallel()
	for _, point := range []string{"front.started", "front.settled"} {
		t.Run(point, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			s.configure("%s", s.places())
			f, w, _, _ := s.startFaulty(point + "=kill")
			f.wait(killed)
			writeLines(t, w, 1, 1000)
			w.Close()
			s.awaitLocalLines(1000)
			s.awaitEnd()
			checkAll(t, "local log", s.localLines(), 1000)
		})
	}
}
