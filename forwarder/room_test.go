package forwarder

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/record"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/quota"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/status"
	"httpd-syslog/forwarder/testbed"
)

// TestMaxSpool: the oldest lines that only an absent server needs are given up,
// counted to the line, and the local log has them; a server that is there loses
// nothing by it.
func TestMaxSpool(t *testing.T) {
	t.Parallel()
	alive, away := testbed.NewCentral(t), testbed.NewCentral(t)
	away.Kill()
	s := newSite(t, relayTo(alive, "alive"), relayTo(away, "away"))
	s.o.MaxSpool = 1 << 20
	w := s.writer("access")
	stop := s.deliver()
	const frames, lines = 200, 1000 // of some 11 bytes
	for i := range frames {
		w.Lines(lines)
		if i%5 == 4 {
			w.Close() // a new file, of some 60 KiB
			testbed.Eventually(t, "the live one has all", func() bool { return alive.HasLine(fmt.Sprint("line ", w.Next-1)) })
		}
	}
	testbed.Eventually(t, "lines are given up", func() bool {
		return strings.Contains(s.local("audit_log"), "relay away: the spool is above its max_size: ") && quota.DirSize(s.o.StateDir.Spool()) <= s.o.MaxSpool
	})
	away.Open()
	w.Lines(1)
	w.Close()
	testbed.Eventually(t, "the one that was away has the last line", func() bool { return away.HasLine(fmt.Sprint("line ", frames*lines+1)) })
	if err := stop(); err != nil {
		t.Error(err)
	}
	audit := s.local("audit_log")
	if strings.Contains(audit, "relay alive: the spool") {
		t.Errorf("the live one has lost lines:\n%s", audit)
	}
	givenUp, numbers := 0, uint64(0)
	for _, l := range strings.Split(audit, "\n") {
		if told, ok := event.Parse(l); ok && told.Code == event.RelayGivenUp.Code {
			numbers += event.Count(slices.DeleteFunc(told.Ranges(), func(r event.Range) bool { return r.Audit })) // without events
		}
		if _, rest, ok := strings.Cut(l, "max_size: "); ok {
			n, _, _ := strings.Cut(rest, " ")
			givenUp += atoi(t, n)
		}
	}
	if numbers != uint64(givenUp) {
		t.Errorf("%d lines are told, and %d numbers of lines", givenUp, numbers)
	}
	got := away.Count()
	t.Logf("%d lines, %d given up, %d at the server that was away", frames*lines+1, givenUp, got)
	if got+givenUp != frames*lines+1 || givenUp == 0 {
		t.Errorf("%d arrived and %d given up are not %d", got, givenUp, frames*lines+1)
	}
	if s.local("access_log") != testbed.Numbered(1, frames*lines+1) {
		t.Error("the local log does not have each line once")
	}
}

// TestWhatAServerHasIsNotGivenUp: after kill -9 of the deliverer, perhaps again and again,
// what a server has accepted is sent again. Where the spool has no room for it, it may go,
// and does not count as given up.
func TestWhatAServerHasIsNotGivenUp(t *testing.T) {
	t.Parallel()
	away := testbed.NewCentral(t)
	away.Kill()
	s := newSite(t, relayTo(away, "away"))
	s.o.DrainTimeout = 0
	w := s.writer("access")
	const lines = 1000
	w.Lines(lines)
	w.Close()
	w.Lines(lines)
	catalog := spool.NewCatalog(s.o.StateDir.Spool())
	if err := errors.Join(s.o.StateDir.Make(), catalog.Refresh()); err != nil {
		t.Fatal(err)
	}
	killed := cursor.Record{Accepted: catalog.Ends(), Safe: spool.Positions{}, Relay: &cursor.RelayCount{Lines: 2 * lines}}
	if err := record.Write(s.o.StateDir.Cursor(statedir.RelayCursor("away")), killed, false); err != nil {
		t.Fatal(err)
	}
	w.Lines(lines)
	w.Close()
	deliver := func() {
		t.Helper()
		stop := s.deliver()
		s.awaitStatus("the local log is written", func(st status.Status) bool { return st.Local.Backlog.Lines == 0 })
		s.awaitStatus("the server is missed", func(st status.Status) bool { return st.Relays[0].Failures > 0 })
		if err := stop(); err != nil {
			t.Fatal(err)
		}
	}
	deliver()
	s.o.MaxSpool = 1
	stop := s.deliver()
	testbed.Eventually(t, "lines are given up", func() bool { return strings.Contains(s.local("audit_log"), "are given up") })
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if audit := s.local("audit_log"); !strings.Contains(audit, fmt.Sprintf(" %d lines are given up, %[1]d so far", lines)) {
		t.Errorf("not %d lines are given up:\n%s", lines, audit)
	}
}

// TestOldestFirstWhenTheClockStepsBack: those that one writer has written come in its
// order, whatever the clock said.
func TestOldestFirstWhenTheClockStepsBack(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w, other := s.writer("access"), s.writer("error")
	for range 4 {
		w.Lines(1)
		w.Close()
	}
	other.Lines(1)
	other.Close()
	catalog := spool.NewCatalog(s.o.StateDir.Spool())
	if err := catalog.Refresh(); err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	for i, f := range catalog.Files() { // the clock goes back by an hour behind the second file
		at := now.Add(time.Duration(i) * time.Second)
		if i < 2 {
			at = at.Add(time.Hour)
		}
		if err := os.Chtimes(f.Path, at, at); err != nil {
			t.Fatal(err)
		}
	}
	files, _ := (&deliverer{catalog: catalog}).oldestFirst()
	var order []uint32
	for _, f := range files {
		if f.ID.Writer == w.W.ID() {
			order = append(order, f.ID.Number)
		}
	}
	if !slices.Equal(order, []uint32{1, 2, 3, 4}) {
		t.Errorf("the first writer's files in the order %v", order)
	}
}

// TestRemovedSpoolIsMadeAnew: a writer whose file was removed goes on in a new one
// within a second or so.
func TestRemovedSpoolIsMadeAnew(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.writer("access")
	w.Lines(1)
	removeAll(t, string(s.o.StateDir))
	testbed.Eventually(t, "the spool is there again", func() bool {
		w.Lines(1)
		time.Sleep(10 * time.Millisecond)
		return quota.DirSize(s.o.StateDir.Spool()) > 0
	})
	lost := w.Next
	w.Lines(100)
	w.Close()
	if err := RunDeliverer(t.Context(), s.o); err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(s.local("access_log"), testbed.Numbered(int(lost), int(lost)+99)) {
		t.Error("what came after is not in the local log")
	}
}
