package locallog

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/locallog/shortage"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/testbed"
)

// TestFileRemovedBeforeItsFirstCommit: no record names it, and still it is begun
// anew.
func TestFileRemovedBeforeItsFirstCommit(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w, e := s.writer("access"), s.writer("error")
	w.Lines(1)
	l, end := s.beginLocal()
	defer end()
	s.step(l)
	path := filepath.Join(s.o.Dir, "error_log")
	file := l.fileOf("error_log", "error")
	must(t, l.settle(file))
	must(t, file.log.Reopen())
	must(t, os.Remove(path))
	e.Lines(1)
	w.Lines(1)
	var err error
	for range 3 { // the first finds that the file is gone
		err = s.step(l)
	}
	if err != nil || s.local("access_log") != testbed.Numbered(1, 2) || s.local("error_log") != testbed.Numbered(1, 1) {
		t.Errorf("%v; access_log has %q, error_log %q", err, s.local("access_log"), s.local("error_log"))
	}
}

// TestAwaitedRecordIsOfAllThatThereIs: who waits for the record does not have the local log sync its files within a
// backlog, again and again, but at its end.
func TestAwaitedRecordIsOfAllThatThereIs(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.every = time.Hour
	w := s.writer("access")
	l, end := s.beginLocal()
	defer end()
	w.Lines(1)
	must(t, s.step(l)) // a new file is recorded at once
	for range 20 {
		w.Lines(3000) // about 30 KB
	}
	s.look(l)
	s.awaited.Store(time.Now().UnixNano())
	last := time.Now().Add(-s.every / 2)
	l.state.at = last
	if must(t, l.readAll(t.Context())); !l.state.at.Equal(last) {
		t.Error("a commit within the backlog")
	}
	if must(t, l.step(t.Context())); l.state.at.Equal(last) {
		t.Error("none at its end")
	}
	if got := s.local("access_log"); got != testbed.Numbered(1, 60_001) {
		t.Errorf("%d lines were written", strings.Count(got, "\n"))
	}
}

// TestNumbersAreRemembered: the next local log knows up to which number it had each writer's lines.
func TestNumbersAreRemembered(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.writer("access")
	w.Lines(3)
	l, end := s.beginLocal()
	s.step(l)
	end()
	l, end = s.beginLocal()
	defer end()
	for _, known := range l.state.book.Record().Writers {
		if known.ID == w.W.ID() && known.Lines == 3 {
			return
		}
	}
	t.Errorf("known are %+v", l.state.book.Record().Writers)
}

// TestLeavingOutBehindAFileThatHasGone: what a relay has accepted of a file it tells as
// long as that is there. A full disk has it removed as soon as all have its lines, and
// the local log must not wait for what is said of it no more.
func TestLeavingOutBehindAFileThatHasGone(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.writer("access")
	w.W = spool.NewWriter(spool.WriterOptions{Dir: s.stateDir.Spool(), Host: "web1", Stream: "access", RollSize: 1}) // each frame has its file
	defer w.W.Close()
	w.Lines(1)
	other := s.writer("access")
	l, end := s.beginLocal()
	defer end()
	relay := s.base(statedir.RelayCursor("central")).Progress
	s.others = relay
	l.shortage.Full, l.shortage.LookedAt = true, time.Now().Add(time.Hour) // the disk
	l.shortage.ToldAt = time.Now()                                         // no event of that yet
	// step has the relay accept some of the files that are there, and the local log go on.
	step := func(accepts func(frame.FileID) bool) error {
		t.Helper()
		must(t, s.catalog.Refresh())
		c := cursor.Record{Accepted: spool.Positions{}}
		for _, f := range s.catalog.Files() {
			size, err := f.Size()
			if err != nil {
				t.Fatal(err)
			}
			if accepts(f.ID) {
				c.Accepted[f.ID] = spool.Position{Offset: size}
			}
		}
		relay.Publish(c)
		return l.step(t.Context())
	}
	first := frame.FileID{Writer: w.W.ID(), Number: 1}
	isFirst := func(id frame.FileID) bool { return id == first }
	if err := step(isFirst); err != nil {
		t.Fatal(err)
	}
	other.Lines(3) // read before the end of the first file, or behind it
	w.Lines(2)
	if err := step(isFirst); !shortage.IsFull(err) {
		t.Fatalf("left out, or %v, what the server does not have", err)
	}
	must(t, l.commit())
	f, size := s.catalog.Find(first.String()), l.done[first].Offset
	if l.Progress.Lags(f, size) || relay.Lags(f, size) {
		t.Fatal("the first file is still needed")
	}
	must(t, s.catalog.Remove(f))
	if err := step(func(frame.FileID) bool { return true }); err != nil {
		t.Errorf("what every server has is not left out: %v", err)
	}
	if got := l.state.counts["access"].LeftOut; got != 6 {
		t.Errorf("%d lines are left out", got)
	}
}
