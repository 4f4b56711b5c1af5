package spool

import (
	"os"
	"path/filepath"
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
