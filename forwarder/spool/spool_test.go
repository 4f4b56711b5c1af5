package spool

import (
	"errors"
	"fmt"
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/leaktest"
	"httpd-syslog/forwarder/spool/frame"
)

// The test binary is its own set of writers: see children.
func TestMain(m *testing.M) {
	if child := children[os.Getenv("SPOOL_TEST_CHILD")]; child != nil {
		child()
		os.Exit(0)
	}
	leaktest.Run(m)
}

var children = map[string]func(){
	"writer": writerChild,
	"limit":  limitChild,
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// held locks a file, as its writer does, for the length of the test or until
// the function is called.
func held(t testing.TB, path string) (release func()) {
	t.Helper()
	f, err := os.Open(path)
	check(t, err)
	check(t, unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB))
	t.Cleanup(func() { f.Close() })
	return func() { f.Close() }
}

// got is what a reader gave: a frame, the end of a file, or an error.
type got struct {
	file       frame.FileID
	first      uint64
	lines      int
	payload    string
	origin     string
	start      Position
	end        int64
	endOfFile  bool
	damage     *DamageError
	otherError error
}

func (g got) String() string {
	switch {
	case g.otherError != nil:
		return g.otherError.Error()
	case g.damage != nil:
		return fmt.Sprintf("damage %d+%d torn=%v", g.damage.Offset, g.damage.Length, g.damage.Torn)
	case g.endOfFile:
		return fmt.Sprintf("end of %v at %d", g.file, g.end)
	}
	return fmt.Sprintf("%v: %d lines from %d at %v..%d", g.file, g.lines, g.first, g.start, g.end)
}

// drain calls Next until there is nothing. A reader that does not come to an
// end fails the test.
func drain(t testing.TB, r *Reader) []got {
	t.Helper()
	var all []got
	for range 1 << 20 {
		f, err := r.Next()
		if f == nil && err == nil {
			return all
		}
		all = append(all, gotOf(f, err))
	}
	t.Fatal("the reader does not come to an end")
	return nil
}

func gotOf(f *Frame, err error) got {
	var damage *DamageError
	switch {
	case errors.As(err, &damage):
		return got{damage: damage}
	case err != nil:
		return got{otherError: err}
	}
	return got{file: f.File.ID, first: f.First, lines: f.Lines, payload: string(f.Payload), origin: string(f.Origin),
		start: f.Start, end: f.End, endOfFile: f.First == 0}
}

// frames leaves out the ends of files, and fails on errors.
func frames(t testing.TB, all []got) []got {
	t.Helper()
	var fs []got
	for _, g := range all {
		if g.damage != nil || g.otherError != nil {
			t.Fatalf("unexpected: %v", g)
		}
		if !g.endOfFile {
			fs = append(fs, g)
		}
	}
	return fs
}

func firsts(all []got) (fs []uint64) {
	for _, g := range all {
		if g.first > 0 {
			fs = append(fs, g.first)
		}
	}
	return fs
}

func refreshed(t testing.TB, dir string) *Catalog {
	t.Helper()
	c := NewCatalog(dir)
	check(t, c.Refresh())
	return c
}

func readAll(t testing.TB, dir string) []got {
	t.Helper()
	r := NewReader(refreshed(t, dir), nil, nil)
	defer r.Close()
	return drain(t, r)
}
