package cursor

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"httpd-syslog/forwarder/record"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/testbed"
)

// TestRecordIsRead as it was written; where there is none the spool begins, and where the safe point is missing it is
// what was accepted, but where it is empty it is the beginning.
func TestRecordIsRead(t *testing.T) {
	file := frame.FileID{Number: 1}
	at := spool.Positions{file: {Offset: 9}}
	path := filepath.Join(t.TempDir(), "local")
	if c, err := Read(path); err != nil || !reflect.DeepEqual(c, Record{Accepted: spool.Positions{}, Safe: spool.Positions{}}) {
		t.Errorf("no record: %+v, %v", c, err)
	}
	if _, err := ReadBefore(path); !os.IsNotExist(err) {
		t.Errorf("no record before: %v", err)
	}
	for _, tt := range []struct {
		written, want Record
	}{
		{Record{Accepted: at, Clean: true}, Record{Accepted: at, Safe: at, Clean: true}},
		{Record{Accepted: at, Safe: spool.Positions{}}, Record{Accepted: at, Safe: spool.Positions{}}},
	} {
		if err := record.Write(path, tt.written, false); err != nil {
			t.Fatal(err)
		}
		c, err := Read(path)
		if err != nil || !reflect.DeepEqual(c, tt.want) {
			t.Errorf("%+v, %v; want %+v", c, err, tt.want)
		}
		if c.Safe[file] = (spool.Position{}); c.Accepted[file].Offset != 9 {
			t.Error("what is safe and what was accepted are one map")
		}
	}
	if err := os.Rename(path, record.Before(path)); err != nil {
		t.Fatal(err)
	}
	if c, err := ReadBefore(path); err != nil || c.Accepted[file].Offset != 9 {
		t.Errorf("the record before: %+v, %v", c, err)
	}
	testbed.WriteFile(t, path, "damaged")
	if c, err := Read(path); err == nil || len(c.Accepted) != 0 {
		t.Errorf("a damaged record: %+v, %v", c, err)
	}
}

// TestPlaces: a file that is apart has places of its own, and only where it is apart; the record reaches as far as
// anything was accepted.
func TestPlaces(t *testing.T) {
	a, b := frame.FileID{Number: 1}, frame.FileID{Number: 2}
	pos := func(n int64) spool.Position { return spool.Position{Offset: n} }
	c := Record{Accepted: spool.Positions{a: pos(5), b: pos(1)}, Had: spool.Positions{a: pos(4), b: pos(6)}, Peak: spool.Positions{a: pos(7)},
		Files: map[string]File{"apart": {At: spool.Positions{a: pos(2)}}}}
	if got := c.Reached(); got[a] != pos(5) || got[b] != pos(6) {
		t.Errorf("reached %v", got)
	}
	if got := c.Seen(); got[a] != pos(7) || got[b] != pos(6) {
		t.Errorf("seen %v", got)
	}
	for range 2 {
		read := c.ReadTo()
		if c.Place("apart", a) != pos(2) || c.Place("apart", b) != read[b] || c.Place("other", a) != read[a] || read[a] == pos(0) {
			t.Errorf("places of %+v", c)
		}
		c.Done = spool.Positions{a: pos(8), b: pos(9)}
	}
	if got := c.ReadTo(); got[a] != pos(8) {
		t.Errorf("read to %v", got)
	}
}

// TestWaiting counts the lines of files that are behind, of one stream or of all.
func TestWaiting(t *testing.T) {
	at := func(s int64) time.Time { return time.Unix(1e9+s, 0) }
	c := Record{Files: map[string]File{
		"a": {Stream: "access", Lines: 1, Bytes: 10, Oldest: at(5)},
		"b": {Stream: "access", Lines: 2, Bytes: 20, Oldest: at(3)},
		"c": {Stream: "error", Lines: 4, Bytes: 40, Oldest: at(4)},
		"d": {Stream: "access", Bytes: 80, Oldest: at(1)}, // ahead: nothing waits
	}}
	for _, tt := range []struct {
		stream       string
		lines, bytes uint64
		oldest       time.Time
	}{{"", 7, 70, at(3)}, {"access", 3, 30, at(3)}, {"error", 4, 40, at(4)}, {"other", 0, 0, time.Time{}}} {
		if lines, bytes, oldest := c.Waiting(tt.stream); lines != tt.lines || bytes != tt.bytes || !oldest.Equal(tt.oldest) {
			t.Errorf("%q: %d lines, %d bytes, since %v", tt.stream, lines, bytes, oldest)
		}
	}
}

// TestSpan has each file once, where it was reached last, in whatever order its writers come.
func TestSpan(t *testing.T) {
	id := func(n uint32) frame.FileID { return frame.FileID{Number: n} }
	var s Span
	want := spool.Positions{}
	for i, n := range []uint32{1, 2, 3, 1, 2, 3, 3, 2, 1, 1, 4, 4, 2} {
		pos := spool.Position{Offset: int64(i + 1)}
		s.Reach(id(n), pos)
		want[id(n)] = pos
	}
	got := spool.Positions{id(1): {Offset: 100}, id(9): {Offset: 9}}
	s.Apply(got)
	want[id(9)] = spool.Position{Offset: 9}
	if !reflect.DeepEqual(got, want) || len(s.Places) != 4 {
		t.Errorf("%v, want %v, with %d places", got, want, len(s.Places))
	}
	s.Received = time.Now()
	if s.Reset(); len(s.Places) != 0 || !s.Received.IsZero() {
		t.Errorf("%+v", s)
	}
}

// TestDoubtOfAProcess: a message is known by its place, and trials by their next run.
func TestDoubtOfAProcess(t *testing.T) {
	f := &spool.Frame{File: &spool.File{ID: frame.FileID{Number: 3}}, Start: spool.Position{Offset: 7}, End: 9}
	if got, want := MessageOf(f, 2), (MessageID{File: frame.FileID{Number: 3}, Offset: 7, Line: 2}); got != want {
		t.Errorf("%+v", got)
	}
	if (*Doubt)(nil).InTrials() || (&Doubt{Breaks: 1}).InTrials() || !(&Doubt{Step: 1}).InTrials() {
		t.Error("trials are not known by their next run")
	}
}
