package spool

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestCensus holds it against Behind, which counts anew each time, while files grow and
// positions advance and go back.
func TestCensus(t *testing.T) {
	dir := t.TempDir()
	one, two := FileID{writerID(1), 1}, FileID{writerID(2), 1}
	rawFile(t, dir, one, someFrames()...)
	c := NewCensus(dir)
	all := func(string) bool { return true }
	compare := func(at Positions) Backlog {
		t.Helper()
		if _, _, err := c.Refresh(); err != nil {
			t.Fatal(err)
		}
		got, want := c.Behind("relay", at, all), refreshed(t, dir).Behind(at, nil)
		if got.Lines != want || (got.Lines > 0) == got.Oldest.IsZero() {
			t.Errorf("%+v behind %v, want %d", got, at, want)
		}
		return got
	}
	places := []Positions{{}}
	r := NewReader(refreshed(t, dir), nil, nil)
	defer r.Close()
	for _, g := range frames(t, drain(t, r)) {
		for done := 0; done <= max(0, g.lines-1); done++ {
			places = append(places, Positions{one: {g.start.Offset, done}})
		}
	}
	for _, at := range places {
		compare(at)
	}
	compare(places[2]) // back again
	rawFile(t, dir, two, sealed(1, "a\n"), sealed(2, "bb\n"))
	before := compare(places[3])
	if none := c.Behind("relay", places[3], func(string) bool { return false }); none != (Backlog{}) {
		t.Errorf("%+v of streams that nobody wants", none)
	}
	if err := os.Remove(filepath.Join(dir, one.String())); err != nil {
		t.Fatal(err)
	}
	if after := compare(places[3]); after.Lines != 2 || after.Bytes >= before.Bytes {
		t.Errorf("%+v after the removal of a file, %+v before", after, before)
	}
	if now := refreshed(t, dir).Ends(); compare(now) != (Backlog{}) {
		t.Error("something is behind the ends")
	}
	if age := time.Since(compare(Positions{}).Oldest); age < 0 {
		t.Errorf("the oldest line came in %v ago", age)
	}
}

// TestCensusChangesNothing: who only counts removes no empty file of a dead writer, and is
// not in the way of a lock.
func TestCensusChangesNothing(t *testing.T) {
	dir := t.TempDir()
	empty := filepath.Join(dir, FileID{writerID(1), 1}.String())
	check(t, os.WriteFile(empty, nil, 0o640))
	aged(t, empty)
	c := NewCensus(dir)
	for range 2 {
		if files, bytes, err := c.Refresh(); files != 1 || bytes != 0 || err != nil {
			t.Errorf("%d files, %d bytes, %v", files, bytes, err)
		}
	}
	if n, err := c.Unread(); n != 0 {
		t.Errorf("an empty file counts as one that cannot be read: %v", err)
	}
	if _, err := os.Stat(empty); err != nil {
		t.Error(err)
	}
}

// TestCensusOfWriters counts the files of some writers alone, and each frame once: those
// that were counted may be damaged meanwhile.
func TestCensusOfWriters(t *testing.T) {
	dir := t.TempDir()
	path := rawFile(t, dir, FileID{writerID(1), 1}, sealed(1, "a\nbb\n"))
	rawFile(t, dir, FileID{writerID(2), 1}, sealed(1, "c\n"))
	c := NewCensus(dir, writerID(1))
	all := func(string) bool { return true }
	for n, more := range [][]byte{nil, sealed(3, "ccc\n")} {
		appendTo(t, path, more)
		if _, _, err := c.Refresh(); err != nil {
			t.Fatal(err)
		}
		if b := c.Behind("relay", nil, all); b.Lines != uint64(2+n) {
			t.Errorf("%d lines wait, %d do", b.Lines, 2+n)
		}
		overwrite(t, path, func(b []byte) { b[len(header(FileID{writerID(1), 1}))]++ })
	}
}

// TestCensusTellsOfWhatItCannotRead: nobody knows what such a file holds.
func TestCensusTellsOfWhatItCannotRead(t *testing.T) {
	dir := t.TempDir()
	rawFile(t, dir, FileID{writerID(1), 1}, sealed(1, "a\n"))
	newer := rawFile(t, dir, FileID{writerID(2), 1}, sealed(1, "b\n"))
	overwrite(t, newer, func(b []byte) { b[6]++ })
	c := NewCensus(dir)
	if _, _, err := c.Refresh(); err != nil {
		t.Fatal(err)
	}
	if n, err := c.Unread(); n != 1 || !errors.Is(err, ErrVersion) || !strings.Contains(err.Error(), newer) {
		t.Errorf("%d files, %v", n, err)
	}
	overwrite(t, newer, func(b []byte) { b[6]-- })
	if _, _, err := c.Refresh(); err != nil {
		t.Fatal(err)
	}
	if n, err := c.Unread(); n != 0 || err != nil {
		t.Errorf("%d files, %v, though it can be read again", n, err)
	}
}
