package main

import (
	"path/filepath"
	"strings"
	"testing"

	"httpd-syslog/forwarder/testbed"
)

// TestChangedConfigurationIsTakenOver: a relay that is added gets the lines from
// then on, one that is removed gives up its lines, a new log directory has the
// later lines, and a broken file changes nothing; all of it without a restart,
// each of it an event.
func TestChangedConfigurationIsTakenOver(t *testing.T) {
	t.Parallel()
	const n = 500
	s, a, b := newSite(t), newServer(t), newServer(t)
	a.open()
	b.open()
	s.configure("%s%s", s.places(), a.relay("a"))
	f, w := s.pipe()
	writeLines(t, w, 1, n)
	a.awaitText(line(n))
	s.awaitLocalLines(n)

	s.configure("%s%s%s", s.places(), a.relay("a"), b.relay("b"))
	s.awaitEvent("relay b added; it gets the lines from now on")
	writeLines(t, w, n+1, 2*n)
	a.awaitText(line(2 * n))
	b.awaitText(line(2 * n))

	a.close() // so that there are lines to be given up
	writeLines(t, w, 2*n+1, 3*n)
	b.awaitText(line(3 * n))
	s.configure("%s%s", s.places(), b.relay("b"))
	s.awaitEvent("relay a removed; ")

	oldLog := s.log
	s.log = filepath.Join(s.dir, "log2")
	s.configure("%s%s", s.places(), b.relay("b"))
	s.awaitEvent("the log directory is now " + s.log + ", it was " + oldLog)
	writeLines(t, w, 3*n+1, 4*n)
	s.awaitLocalLines(n)

	s.configure("%s%s[log]\n", s.places(), b.relay("b"))
	s.awaitEvent("configuration rejected, the one before stays in force: " + s.config + ":")
	writeLines(t, w, 4*n+1, 5*n)
	b.awaitText(line(5 * n))
	w.Close()
	f.wait(0)
	s.awaitEnd()

	checkAll(t, "both log directories", append(split(t, testbed.ReadFile(t, filepath.Join(oldLog, "access_log"))), s.localLines()...), 5*n)
	y := tallyUp(b.texts(), 5*n)
	t.Logf("added server: %v", y)
	if b.texts()[0] != line(n+1) || y.missing != n || len(y.torn) > 0 {
		t.Errorf("the added server has not exactly the lines from %d on", n+1)
	}
	checkGivenUp(t, testbed.ReadFile(t, filepath.Join(oldLog, "audit_log")), n)
	for _, m := range b.all("audit") {
		t.Logf("event at the server: %s", m.text)
	}
	checkEventsAreRelayed(t, s, b)
}

// checkGivenUp holds that the event about relay a counts at least the lines that
// it cannot have accepted; with them go those that were not safe.
func checkGivenUp(t *testing.T, audit string, least int) {
	t.Helper()
	for _, event := range split(t, audit) {
		if strings.Contains(event, "relay a removed; ") {
			t.Log(event)
			if !strings.Contains(event, "; 0 lines") {
				return
			}
		}
	}
	t.Errorf("no event counts %d lines given up by relay a", least)
}

// checkEventsAreRelayed holds that the server has the new log's events, too.
func checkEventsAreRelayed(t *testing.T, s *site, srv *server) {
	t.Helper()
	var all strings.Builder
	for _, m := range srv.all("audit") {
		all.WriteString(m.text + "\n")
	}
	for _, event := range split(t, s.local("audit_log")) {
		_, text, _ := strings.Cut(event, "]: ")
		if text == "" {
			_, text, _ = strings.Cut(event, "] ")
		}
		_, text, _ = strings.Cut(text, ": ")
		if !strings.Contains(all.String(), text) {
			t.Errorf("the server has not the event %q", event)
		}
	}
}

// TestRemovedRelayGivesUpWhatItHadNotAccepted: the event counts exactly those
// lines, where the relay's server was never there.
func TestRemovedRelayGivesUpWhatItHadNotAccepted(t *testing.T) {
	t.Parallel()
	s, srv := newSite(t), newServer(t)
	s.configure("%s%sstreams = [\"access\"]\n", s.places(), srv.relay("away"))
	f, w := s.pipe()
	writeLines(t, w, 1, 1000)
	s.awaitLocalLines(1000)
	s.configure("%s", s.places())
	s.awaitEvent("relay away removed; 1000 lines and 0 collected messages that may not have arrived are given up")
	w.Close()
	f.wait(0)
	s.awaitEnd() // nobody waits for that server any more
}
