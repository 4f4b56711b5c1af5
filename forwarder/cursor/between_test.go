package cursor

import (
	"reflect"
	"testing"

	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/testbed"
)

// lines is a spool of two streams, access with frames of 3 and 4 lines and error with one of 5, and where
// the frames end.
func lines(t *testing.T) (catalog *spool.Catalog, access, errors frame.FileID, first, second, other int64) {
	t.Helper()
	dir := statedir.Dir(t.TempDir())
	if err := dir.Make(); err != nil {
		t.Fatal(err)
	}
	w := testbed.NewLineWriter(t, dir, "access")
	w.Lines(3)
	catalog = spool.NewCatalog(dir.Spool())
	if err := catalog.Refresh(); err != nil {
		t.Fatal(err)
	}
	access = catalog.Files()[0].ID
	first = catalog.Ends()[access].Offset
	w.Lines(4)
	testbed.NewLineWriter(t, dir, "error").Lines(5)
	if err := catalog.Refresh(); err != nil {
		t.Fatal(err)
	}
	for f, end := range catalog.Ends() {
		if f == access {
			second = end.Offset
		} else {
			errors, other = f, end.Offset
		}
	}
	return catalog, access, errors, first, second, other
}

// TestBetween counts the lines of the streams that are wanted, and none of a file that has gone.
func TestBetween(t *testing.T) {
	catalog, access, errors, first, second, other := lines(t)
	gone := frame.FileID{Writer: access.Writer, Number: 99}
	at := func(a, e int64) spool.Positions {
		p := spool.Positions{gone: {Offset: a}}
		for f, n := range map[frame.FileID]int64{access: a, errors: e} {
			if n > 0 {
				p[f] = spool.Position{Offset: n}
			}
		}
		return p
	}
	all := func(string) bool { return true }
	only := func(name string) func(string) bool { return func(s string) bool { return s == name } }
	for _, tt := range []struct {
		from, to spool.Positions
		wants    func(string) bool
		want     uint64
	}{
		{at(0, 0), at(second, other), all, 12},
		{at(0, 0), at(second, other), only("access"), 7},
		{at(0, 0), at(second, other), only("error"), 5},
		{at(0, 0), at(second, other), only(""), 0},
		{at(first, 0), at(second, 0), all, 4},
		{at(first, other), at(second, other), all, 4},
		{at(second, other), at(second, other), all, 0},
		{at(second, 0), at(first, 0), all, 0},
	} {
		if got := Between(catalog, tt.from, tt.to, tt.wants); got != tt.want {
			t.Errorf("from %v to %v: %d lines, want %d", tt.from, tt.to, got, tt.want)
		}
	}
}

// TestCountOf: a relay goes on with the count of its record, or of the last status where that is further; what is
// sent again counts as repeated, but by a store, and after a clean end.
func TestCountOf(t *testing.T) {
	catalog, access, errors, first, second, other := lines(t)
	all := func(string) bool { return true }
	safe, accepted := spool.Positions{access: {Offset: first}}, spool.Positions{access: {Offset: second}, errors: {Offset: other}}
	told := RelayCount{Lines: 25, Repeated: 2, GivenUp: 3, Failures: 4, Refused: 5, Aside: 6}
	after := func(repeated uint64) RelayCount { c := told; c.Repeated = repeated; return c }
	for _, tt := range []struct {
		name   string
		record Record
		want   RelayCount
		ahead  uint64
	}{
		{"a kill", Record{Relay: &RelayCount{Lines: 20}}, after(2 + 5 + 9), 5},
		{"a clean end", Record{Relay: &RelayCount{Lines: 20}, Clean: true}, after(2), 5},
		{"a store", Record{Relay: &RelayCount{Lines: 20}, Store: &Store{}}, after(2), 5},
		{"no count", Record{Clean: true}, after(2), 25},
		{"the record is further", Record{Relay: &RelayCount{Lines: 30, Repeated: 9}, Clean: true},
			RelayCount{Lines: 30, Repeated: 9, GivenUp: 3, Failures: 4, Refused: 5, Aside: 6}, 0},
	} {
		tt.record.Safe, tt.record.Accepted = safe, accepted
		before := tt.record.Relay
		var was RelayCount
		if before != nil {
			was = *before
		}
		if got, ahead := tt.record.CountOf(catalog, told, all); got != tt.want || ahead != tt.ahead {
			t.Errorf("%s: %+v, %d ahead; want %+v, %d", tt.name, got, ahead, tt.want, tt.ahead)
		}
		if before != nil && *before != was {
			t.Errorf("%s: the record has changed", tt.name)
		}
	}
}

// TestCompleted: who has begun with a writer's next file is through with those before it, and with no other.
func TestCompleted(t *testing.T) {
	dir := statedir.Dir(t.TempDir())
	if err := dir.Make(); err != nil {
		t.Fatal(err)
	}
	w := testbed.NewLineWriter(t, dir, "access")
	for range 3 {
		w.Lines(3)
		w.Close()
	}
	w.Lines(3)
	catalog := spool.NewCatalog(dir.Spool())
	if err := catalog.Refresh(); err != nil {
		t.Fatal(err)
	}
	files := catalog.Files()
	if len(files) != 4 {
		t.Fatalf("%d files", len(files))
	}
	size, err := files[0].Size()
	if err != nil {
		t.Fatal(err)
	}
	at := spool.Positions{files[1].ID: {Offset: size + 9}, files[2].ID: {Offset: 7}}
	want := spool.Positions{files[0].ID: {Offset: size}, files[1].ID: {Offset: size + 9}, files[2].ID: {Offset: 7}}
	if got := Completed(catalog, at); !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if len(at) != 2 {
		t.Error("the caller's positions have changed")
	}
	if got := Completed(catalog, spool.Positions{}); len(got) != 0 {
		t.Errorf("who has begun with nothing is through with %v", got)
	}
}
