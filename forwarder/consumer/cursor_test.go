package consumer

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/testbed"
)

// TestCommitLaterWaitsForNothing: a consumer goes on while its record is written, and makes no other one
// until that is done.
func TestCommitLaterWaitsForNothing(t *testing.T) {
	dir := statedir.Dir(t.TempDir())
	if err := dir.Make(); err != nil {
		t.Fatal(err)
	}
	p := NewProgress(ProgressOptions{StateDir: dir, Name: "relay-central", Catalog: spool.NewCatalog(dir.Spool())})
	goOn, done := make(chan struct{}), make(chan error)
	first := p.CommitLater(cursor.Record{Clean: true}, func(err error) {
		<-goOn
		done <- err
	})
	if !first || p.CommitLater(cursor.Record{}, func(error) { t.Error("a second record is written meanwhile") }) {
		t.Error("it is not the first record alone that is written")
	}
	close(goOn)
	if err := <-done; err != nil {
		t.Error(err)
	}
	if err := p.Commit(cursor.Record{}); err != nil { // which waits for the first one to be done
		t.Error(err)
	}
	if !p.CommitLater(cursor.Record{Clean: true}, func(err error) { done <- err }) {
		t.Error("no further record is written")
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	if c, err := cursor.Read(dir.Cursor("relay-central")); err != nil || !c.Clean {
		t.Errorf("the record is %+v, %v", c, err)
	}
}

// spooled is a spool with a file of two frames, the progress of a consumer of it, and a file that is gone.
func spooled(t *testing.T, sync bool) (p *Progress, f *spool.File, gone frame.FileID) {
	t.Helper()
	dir := statedir.Dir(t.TempDir())
	if err := dir.Make(); err != nil {
		t.Fatal(err)
	}
	w := testbed.NewLineWriter(t, dir, "access")
	w.Lines(3)
	w.Lines(2)
	catalog := spool.NewCatalog(dir.Spool())
	if err := catalog.Refresh(); err != nil {
		t.Fatal(err)
	}
	f = catalog.Files()[0]
	p = NewProgress(ProgressOptions{StateDir: dir, Name: "relay-central", Sync: sync, Catalog: catalog})
	return p, f, frame.FileID{Writer: f.ID.Writer, Number: f.ID.Number + 7}
}

// TestWhatIsCommitted is what is read again, without files that are gone, and what the deliverer goes by; the
// maps that a caller goes on with stay the caller's.
func TestWhatIsCommitted(t *testing.T) {
	for name, commit := range map[string]func(p *Progress, c cursor.Record) error{
		"Commit":       func(p *Progress, c cursor.Record) error { return p.Commit(c) },
		"CommitSynced": func(p *Progress, c cursor.Record) error { return p.CommitSynced(c) },
		"CommitLater": func(p *Progress, c cursor.Record) error {
			done := make(chan error)
			p.CommitLater(c, func(err error) { done <- err })
			return <-done
		},
	} {
		p, f, gone := spooled(t, true)
		at := func(n int64) spool.Positions { return spool.Positions{f.ID: {Offset: n}, gone: {Offset: 5}} }
		c := cursor.Record{Accepted: at(30), Safe: at(10), Had: at(40), Peak: at(50), Done: at(60),
			Files: map[string]cursor.File{"f": {At: at(70)}}, Streams: cursor.StreamCounts{"access": {Lines: 3}, "error": {Lines: 4}}}
		if err := commit(p, c); err != nil {
			t.Fatal(err)
		}
		only := func(n int64) spool.Positions { return spool.Positions{f.ID: {Offset: n}} }
		want := cursor.Record{Accepted: only(30), Safe: only(10), Had: only(40), Peak: only(50), Done: only(60),
			Files: map[string]cursor.File{"f": {At: only(70)}}, Streams: c.Streams}
		if got, err := cursor.Read(p.path); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v, want\n%+v", name, got, err, want)
		}
		if len(c.Had) != 2 || len(c.Peak) != 2 {
			t.Errorf("%s changes what a record before may share", name)
		}
		c.Accepted[f.ID], c.Safe[f.ID] = spool.Position{Offset: 1000}, spool.Position{Offset: 1000}
		if !p.Passed(f, 10) || p.Passed(f, 11) {
			t.Errorf("%s: it has not passed what is safe alone", name)
		}
		if p.Lags(f, 40) || !p.Lags(f, 41) {
			t.Errorf("%s: it does not lag behind what was accepted alone", name)
		}
		if n := p.Lines(); n != 7 {
			t.Errorf("%s: %d lines", name, n)
		}
		if p.Name() != "relay-central" || p.IsStale() {
			t.Errorf("%s: %s, stale: %t", name, p.Name(), p.IsStale())
		}
	}
}

// TestProgressIsAsked: what has not been read is never passed, and waits.
func TestProgressIsAsked(t *testing.T) {
	p, f, gone := spooled(t, false)
	size, err := f.Size()
	if err != nil {
		t.Fatal(err)
	}
	if p.Passed(f, 0) {
		t.Error("a file that was not begun is passed")
	}
	if n := p.Waiting([]*spool.File{f}); n != uint64(size) {
		t.Errorf("%d of %d bytes wait", n, size)
	}
	p.Publish(cursor.Record{Accepted: spool.Positions{f.ID: {Offset: 10}, gone: {Offset: 20}}})
	if n := p.Waiting([]*spool.File{f}); n != uint64(size)-10 {
		t.Errorf("%d of %d bytes wait behind 10", n, size)
	}
	for _, tt := range []struct {
		first, second int64
		has           bool
	}{{10, 20, true}, {11, 20, false}, {10, 21, false}, {0, 0, true}} {
		var s cursor.Span
		s.Reach(f.ID, spool.Position{Offset: tt.first})
		s.Reach(gone, spool.Position{Offset: tt.second})
		if p.Has(&s) != tt.has {
			t.Errorf("%+v", tt)
		}
	}
}

// TestRecordThatCannotBeWritten is told. The deliverer goes by what was delivered all the same, but for a record
// that has to outlive a power failure; and a directory that was removed is made again for the next one.
func TestRecordThatCannotBeWritten(t *testing.T) {
	for _, sync := range []bool{false, true} {
		p, f, _ := spooled(t, sync)
		at := spool.Positions{f.ID: {Offset: 10}}
		if err := p.Secure(); err != nil {
			t.Error(err)
		}
		if err := os.RemoveAll(filepath.Dir(p.path)); err != nil {
			t.Fatal(err)
		}
		done := make(chan error)
		p.CommitLater(cursor.Record{Accepted: at, Safe: at}, func(err error) { done <- err })
		if err := <-done; !errors.Is(err, fs.ErrNotExist) || !strings.HasPrefix(err.Error(), "cursor of relay-central: ") || !p.IsStale() {
			t.Errorf("sync %t: %v, stale: %t", sync, err, p.IsStale())
		}
		if p.Passed(f, 10) == sync {
			t.Errorf("sync %t: it has passed: %t", sync, !sync)
		}
		if err := p.Commit(cursor.Record{Accepted: at, Safe: at}); err != nil {
			t.Errorf("sync %t: %v", sync, err)
		}
		if err := os.RemoveAll(filepath.Dir(p.path)); err != nil {
			t.Fatal(err)
		}
		if err := p.Secure(); (err != nil) != sync || sync && !strings.HasPrefix(err.Error(), "cursor of relay-central: ") {
			t.Errorf("sync %t: %v", sync, err)
		}
		if err := os.RemoveAll(filepath.Dir(filepath.Dir(p.path))); err != nil {
			t.Fatal(err)
		}
		if err := p.Commit(cursor.Record{Accepted: at, Safe: at}); err == nil {
			t.Errorf("sync %t: a record without a directory is written", sync)
		}
		if err := p.CommitSynced(cursor.Record{Accepted: at, Safe: at}); err == nil {
			t.Errorf("sync %t: a record without a directory is on the disk", sync)
		}
	}
}
