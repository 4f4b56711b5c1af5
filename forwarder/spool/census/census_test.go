package census_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/census"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/spool/spooltest"
)

// TestCensus holds it against Behind, which counts anew each time, while files grow and
// positions advance and go back.
func TestCensus(t *testing.T) {
	dir := t.TempDir()
	one, two := spooltest.FileID(1, 1), spooltest.FileID(2, 1)
	spooltest.RawFile(t, dir, one, spooltest.SomeFrames()...)
	c := census.New(dir)
	all := func(string) bool { return true }
	compare := func(at spool.Positions) census.Backlog {
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
	places := []spool.Positions{{}}
	r := spool.NewReader(refreshed(t, dir), nil, nil)
	defer r.Close()
	for f, err := r.Next(); f != nil || err != nil; f, err = r.Next() {
		must(t, err)
		for done := 0; f.First > 0 && done <= max(0, f.Lines-1); done++ {
			places = append(places, spool.Positions{one: {Offset: f.Start.Offset, Lines: done}})
		}
	}
	for _, at := range places {
		compare(at)
	}
	compare(places[2]) // back again
	spooltest.RawFile(t, dir, two, spooltest.Sealed(1, "a\n"), spooltest.Sealed(2, "bb\n"))
	before := compare(places[3])
	if none := c.Behind("relay", places[3], func(string) bool { return false }); none != (census.Backlog{}) {
		t.Errorf("%+v of streams that nobody wants", none)
	}
	if err := os.Remove(filepath.Join(dir, one.String())); err != nil {
		t.Fatal(err)
	}
	if after := compare(places[3]); after.Lines != 2 || after.Bytes >= before.Bytes {
		t.Errorf("%+v after the removal of a file, %+v before", after, before)
	}
	if now := refreshed(t, dir).Ends(); compare(now) != (census.Backlog{}) {
		t.Error("something is behind the ends")
	}
	if age := time.Since(compare(spool.Positions{}).Oldest); age < 0 {
		t.Errorf("the oldest line came in %v ago", age)
	}
}

// TestCensusChangesNothing: who only counts removes no empty file of a dead writer, and is
// not in the way of a lock.
func TestCensusChangesNothing(t *testing.T) {
	dir := t.TempDir()
	empty := filepath.Join(dir, spooltest.FileID(1, 1).String())
	must(t, os.WriteFile(empty, nil, 0o640))
	old := time.Now().Add(-time.Minute)
	must(t, os.Chtimes(empty, old, old))
	c := census.New(dir)
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
	path := spooltest.RawFile(t, dir, spooltest.FileID(1, 1), spooltest.Sealed(1, "a\nbb\n"))
	spooltest.RawFile(t, dir, spooltest.FileID(2, 1), spooltest.Sealed(1, "c\n"))
	c := census.New(dir, spooltest.WriterID(1))
	all := func(string) bool { return true }
	for n, more := range [][]byte{nil, spooltest.Sealed(3, "ccc\n")} {
		spooltest.AppendTo(t, path, more)
		if _, _, err := c.Refresh(); err != nil {
			t.Fatal(err)
		}
		if b := c.Behind("relay", nil, all); b.Lines != uint64(2+n) {
			t.Errorf("%d lines wait, %d do", b.Lines, 2+n)
		}
		spooltest.Overwrite(t, path, func(b []byte) { b[len(spooltest.FileHeader(spooltest.FileID(1, 1)))]++ })
	}
}

// TestCensusOfNoDirectory: what cannot be looked at is not empty.
func TestCensusOfNoDirectory(t *testing.T) {
	path := filepath.Join(t.TempDir(), "spool")
	must(t, os.WriteFile(path, nil, 0o600))
	if n, bytes, err := census.New(path).Refresh(); err == nil {
		t.Errorf("%d files of %d bytes", n, bytes)
	}
}

// TestCensusTellsOfWhatItCannotRead: nobody knows what such a file holds.
func TestCensusTellsOfWhatItCannotRead(t *testing.T) {
	dir := t.TempDir()
	spooltest.RawFile(t, dir, spooltest.FileID(1, 1), spooltest.Sealed(1, "a\n"))
	newer := spooltest.RawFile(t, dir, spooltest.FileID(2, 1), spooltest.Sealed(1, "b\n"))
	spooltest.Overwrite(t, newer, func(b []byte) { b[6] += 2 })
	c := census.New(dir)
	if _, _, err := c.Refresh(); err != nil {
		t.Fatal(err)
	}
	if n, err := c.Unread(); n != 1 || !errors.Is(err, frame.ErrVersion) || !strings.Contains(err.Error(), newer) {
		t.Errorf("%d files, %v", n, err)
	}
	spooltest.Overwrite(t, newer, func(b []byte) { b[6] -= 2 })
	if _, _, err := c.Refresh(); err != nil {
		t.Fatal(err)
	}
	if n, err := c.Unread(); n != 0 || err != nil {
		t.Errorf("%d files, %v, though it can be read again", n, err)
	}
}

// sealedAt is a frame of whole lines, that came in so many seconds after others.
func sealedAt(seconds int, first uint64, payload string) []byte {
	b := append(make([]byte, frame.HeaderSize), payload...)
	f := frame.Frame{Kind: frame.Lines, Time: spooltest.Time.Add(time.Duration(seconds) * time.Second), First: first, Lines: strings.Count(payload, "\n")}
	f.Seal(b)
	return b
}

// TestBehind: what waits is counted to the line and the byte, of the streams that are wanted, and is as old as the
// first of its lines.
func TestBehind(t *testing.T) {
	dir := t.TempDir()
	ids := map[string]frame.FileID{"access": spooltest.FileID(1, 1), "error": spooltest.FileID(2, 1)}
	sizes := map[string]int64{}
	heads := map[string]int64{}
	parts := map[string][][]byte{
		"access": {sealedAt(3, 1, "a\nbb\n"), sealedAt(5, 3, "ccc\n")},
		"error":  {sealedAt(4, 1, "e\n"), sealedAt(9, 2, "")},
	}
	for stream, id := range ids {
		h := frame.FileHeader{File: id, Start: spooltest.Time, Host: "web1", Stream: stream}
		b := append(h.Append(nil), bytes.Join(parts[stream], nil)...)
		heads[stream], sizes[stream] = int64(len(h.Append(nil))), int64(len(b))
		must(t, os.WriteFile(filepath.Join(dir, id.String()), b, 0o640))
	}
	must(t, os.WriteFile(filepath.Join(dir, spooltest.FileID(3, 1).String()), spooltest.FileHeader(spooltest.FileID(3, 1))[:7], 0o640)) // which is being made
	c := census.New(dir)
	if files, size, err := c.Refresh(); files != 3 || size != sizes["access"]+sizes["error"]+7 || err != nil {
		t.Errorf("%d files of %d bytes, %v", files, size, err)
	}
	if n, err := c.Unread(); n != 0 {
		t.Errorf("%d files cannot be read: %v", n, err)
	}
	if all := c.Streams(); !slices.Equal(all, []string{"access", "error"}) {
		t.Errorf("streams %q", all)
	}
	second := heads["access"] + int64(len(parts["access"][0]))
	at := func(s int) time.Time { return spooltest.Time.Add(time.Duration(s) * time.Second) }
	for name, tt := range map[string]struct {
		at    spool.Positions
		wants string // empty: all streams
		want  census.Backlog
	}{
		"all":                    {nil, "", census.Backlog{Lines: 4, Text: 11, Bytes: sizes["access"] + sizes["error"], Oldest: at(3)}},
		"of one stream":          {nil, "error", census.Backlog{Lines: 1, Text: 2, Bytes: sizes["error"], Oldest: at(4)}},
		"behind a line":          {spool.Positions{ids["access"]: {Offset: heads["access"], Lines: 1}}, "access", census.Backlog{Lines: 2, Text: 9, Bytes: sizes["access"] - heads["access"], Oldest: at(3)}},
		"behind a frame":         {spool.Positions{ids["access"]: {Offset: second}}, "", census.Backlog{Lines: 2, Text: 6, Bytes: sizes["access"] - second + sizes["error"], Oldest: at(4)}},
		"behind the last line":   {spool.Positions{ids["access"]: {Offset: second, Lines: 1}}, "access", census.Backlog{Text: 4, Bytes: sizes["access"] - second}},
		"before what has none":   {spool.Positions{ids["error"]: {Offset: heads["error"] + int64(len(parts["error"][0]))}}, "error", census.Backlog{Bytes: frame.HeaderSize}},
		"at the end":             {spool.Positions{ids["access"]: {Offset: sizes["access"]}}, "access", census.Backlog{}},
		"of one that is no more": {spool.Positions{spooltest.FileID(4, 1): {Offset: 1}}, "access", census.Backlog{Lines: 3, Text: 9, Bytes: sizes["access"], Oldest: at(3)}},
	} {
		for range 2 { // the second time from what is known of the first
			if got := c.Behind(name, tt.at, func(stream string) bool { return tt.wants == "" || tt.wants == stream }); got != tt.want {
				t.Errorf("%s: %+v, want %+v", name, got, tt.want)
			}
		}
	}
}

func refreshed(t *testing.T, dir string) *spool.Catalog {
	t.Helper()
	c := spool.NewCatalog(dir)
	must(t, c.Refresh())
	return c
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
