package main

import (
	"strings"
	"syscall"
	"testing"

	"httpd-syslog/forwarder/testbed"
)

// TestOutageHoldsUpNobodyAndLosesNothing: the web server does not wait for a log
// server that is away, and that gets everything once it is there.
func TestOutageHoldsUpNobodyAndLosesNothing(t *testing.T) {
	t.Parallel()
	const n = 100_000
	s, srv := newSite(t), newServer(t)
	s.configure("%s%s", s.places(), srv.relay("central"))
	f, w := s.pipe()
	writeLines(t, w, 1, n) // fails if the writer is blocked for good
	if got := srv.texts(); len(got) > 0 {
		t.Fatalf("%d messages at a server that is not open", len(got))
	}
	srv.open()
	w.Close()
	f.wait(0)
	s.awaitEnd()
	checkAll(t, "server", srv.texts(), n)
	checkNumbers(t, srv.messages())
	checkAll(t, "local log", s.localLines(), n)
}

// TestResetLosesNothing: what a connection that is reset takes with it is sent
// again, with the same numbers.
func TestResetLosesNothing(t *testing.T) {
	t.Parallel()
	const n, resets = 60_000, 3
	s, srv := newSite(t), newServer(t)
	s.configure("%s%s", s.places(), srv.relay("central"))
	f, w := s.pipe()
	srv.open()
	for i := range resets {
		writeLines(t, w, i*n/resets+1, (i+1)*n/resets-n/10)
		srv.awaitText(line(i*n/resets + 1))
		srv.reset()
		writeLines(t, w, (i+1)*n/resets-n/10+1, (i+1)*n/resets)
		srv.open()
		srv.awaitText(line((i + 1) * n / resets))
	}
	w.Close()
	f.wait(0)
	s.awaitEnd()
	y := tallyUp(srv.texts(), n)
	t.Logf("server, %d resets: %v", resets, y)
	if y.missing > 0 || len(y.torn) > 0 {
		t.Error("lines are missing or torn")
	}
	checkSameNumbers(t, srv.all("access"))
	checkAll(t, "local log", s.localLines(), n)
}

// checkSameNumbers holds that what came twice can be told by its number.
func checkSameNumbers(t *testing.T, got []message) {
	t.Helper()
	type key struct {
		procID string
		seq    uint64
	}
	texts := make(map[key]string)
	for _, m := range got {
		k := key{m.procID, m.seq}
		if was, ok := texts[k]; ok && was != m.text {
			t.Errorf("%v is both %q and %q", k, was, m.text)
		}
		texts[k] = m.text
	}
}

// TestKilledDelivererIsReplacedAndNothingIsLostOrDoubled: the deliverer dies
// within writing the local log, the server being away.
func TestKilledDelivererIsReplacedAndNothingIsLostOrDoubled(t *testing.T) {
	t.Parallel()
	const n, kills = 60_000, 3
	s, srv := newSite(t), newServer(t)
	s.configure("%s%s", s.places(), srv.relay("central"))
	f, w := s.pipe()
	for i := range kills {
		part := n / (kills + 1)
		writeLines(t, w, i*part+1, (i+1)*part)
		testbed.Eventually(t, "a part in the local log", func() bool {
			return strings.Contains(s.local("access_log"), line(i*part+1)+"\n")
		})
		pid := s.one("deliver")
		kill(t, pid, syscall.SIGKILL)
		s.another("deliver", pid)
	}
	writeLines(t, w, kills*n/(kills+1)+1, n)
	srv.open()
	w.Close()
	f.wait(0)
	s.awaitEnd()
	checkAll(t, "server", srv.texts(), n)
	checkNumbers(t, srv.messages())
	checkAll(t, "local log", s.localLines(), n)
	t.Logf("%d kills, the local log was cut back %d times", kills, strings.Count(s.local("audit_log"), " cut back by "))
}
