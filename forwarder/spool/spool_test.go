package spool

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// The test binary is its own set of writers: see children.
func TestMain(m *testing.M) {
	if child := children[os.Getenv("SPOOL_TEST_CHILD")]; child != nil {
		child()
		os.Exit(0)
	}
	os.Exit(m.Run())
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

var testTime = time.Unix(1700000001, 123456789)

// sealed is a frame of whole lines, the first of which has a number.
func sealed(first uint64, payload string) []byte {
	return sealedLines(first, bytes.Count([]byte(payload), []byte("\n")), payload)
}

func sealedLines(first uint64, lines int, payload string) []byte {
	buf := append(make([]byte, FrameHeader), payload...)
	f := Frame{Severity: StreamSeverity, Time: testTime, First: first, Lines: lines}
	f.Seal(buf)
	return buf
}

// sealedPadded is a frame with something behind its lines.
func sealedPadded(first uint64, payload, padding string) []byte {
	buf := append(append(make([]byte, FrameHeader), payload...), padding...)
	f := Frame{Severity: StreamSeverity, Time: testTime, First: first, Lines: bytes.Count([]byte(payload), []byte("\n")), Padding: len(padding)}
	f.Seal(buf)
	return buf
}

// sealedWith is a frame of one line with an origin.
func sealedWith(o Origin, first uint64, line string) []byte {
	origin := o.Append(nil)
	buf := append(append(make([]byte, FrameHeader), origin...), line...)
	f := Frame{Severity: 3, Time: testTime, First: first, Lines: 1, Origin: origin}
	f.Seal(buf)
	return buf
}

// hardOrigin has in it all that frames and lines are told by.
var hardOrigin = Origin{
	Time: testTime, Host: []byte("h\n"), Tag: []byte("\n\n\xf5HSF"), ProcID: []byte("\n"), MsgID: []byte("\n\xf5HSF"), Data: []byte("[x@1 a=\"\n\n\"]"),
}

// writerID numbers the writers of a test, in the order of their names.
func writerID(n uint64) WriterID { return WriterID{ID: 1<<40 + n, PID: 4711} }

// header is the start of a writer's file.
func header(id FileID) []byte {
	h := Header{File: id, Start: testTime, Host: "web1", Stream: "access"}
	return h.append(nil)
}

// rawFile writes a file of a header and chunks, and gives its name.
func rawFile(t testing.TB, dir string, id FileID, chunks ...[]byte) string {
	t.Helper()
	path := filepath.Join(dir, id.String())
	check(t, os.WriteFile(path, append(header(id), bytes.Join(chunks, nil)...), 0o640))
	return path
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
	file       FileID
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

// openFiles counts the descriptors that this process has within dir.
func openFiles(t testing.TB, dir string) (n int) {
	t.Helper()
	fds, err := os.ReadDir("/proc/self/fd")
	check(t, err)
	for _, fd := range fds {
		to, _ := os.Readlink("/proc/self/fd/" + fd.Name())
		if in, _ := filepath.Match(dir+"/*", to); in {
			n++
		}
	}
	return n
}
