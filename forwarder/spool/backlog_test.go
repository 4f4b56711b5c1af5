package spool

import (
	"bytes"
	"testing"

	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/spool/spooltest"
)

// At each frame, and within it, the backlog is what has not been read.
func TestBehind(t *testing.T) {
	dir := t.TempDir()
	one, two := spooltest.FileID(1, 1), spooltest.FileID(2, 1)
	spooltest.RawFile(t, dir, one, spooltest.SomeFrames()...)
	torn := bytes.Join(spooltest.SomeFrames(), nil)
	spooltest.RawFile(t, dir, two, torn[:len(torn)-1])
	c := refreshed(t, dir)
	justOne := func(id frame.FileID) bool { return id == one }
	if n := c.Behind(nil, nil); n != 5+4 {
		t.Errorf("%d lines in all", n)
	}
	r := NewReader(c, nil, func(h *frame.FileHeader) bool { return h.File == one })
	defer r.Close()
	left := 5
	for _, g := range frames(t, drain(t, r)) {
		for done := 0; done <= max(0, g.lines-1); done++ {
			at := Positions{one: {g.start.Offset, done}}
			if n := c.Behind(at, justOne); n != uint64(left-done) {
				t.Errorf("%d lines behind %v, want %d", n, at, left-done)
			}
		}
		left -= g.lines
	}
	if n := c.Behind(c.Ends(), nil); n != 0 {
		t.Errorf("%d lines behind the ends", n)
	}
}

func TestEndsAndPrune(t *testing.T) {
	dir := t.TempDir()
	one, two, gone := spooltest.FileID(1, 1), spooltest.FileID(2, 1), spooltest.FileID(3, 1)
	spooltest.RawFile(t, dir, one, spooltest.Sealed(1, "a\n"))
	spooltest.RawFile(t, dir, two, spooltest.Sealed(1, "a\n"), spooltest.Sealed(2, "bb\n")[:20])
	c := refreshed(t, dir)
	ends := c.Ends()
	end := int64(len(spooltest.FileHeader(one)) + frame.HeaderSize + 2)
	if len(ends) != 2 || ends[one].Offset != end || ends[two].Offset != end {
		t.Errorf("%v, want %d", ends, end)
	}
	ends[gone] = Position{Offset: 1}
	c.Prune(ends)
	if _, ok := ends[gone]; ok || len(ends) != 2 {
		t.Errorf("%v", ends)
	}
}
