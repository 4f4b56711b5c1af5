package spool

import (
	"bytes"
	"testing"
)

// At each frame, and within it, the backlog is what has not been read.
func TestBehind(t *testing.T) {
	dir := t.TempDir()
	one, two := FileID{writerID(1), 1}, FileID{writerID(2), 1}
	rawFile(t, dir, one, someFrames()...)
	torn := bytes.Join(someFrames(), nil)
	rawFile(t, dir, two, torn[:len(torn)-1])
	c := refreshed(t, dir)
	justOne := func(id FileID) bool { return id == one }
	if n := c.Behind(nil, nil); n != 5+4 {
		t.Errorf("%d lines in all", n)
	}
	r := NewReader(c, nil, func(h *Header) bool { return h.File == one })
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
	one, two, gone := FileID{writerID(1), 1}, FileID{writerID(2), 1}, FileID{writerID(3), 1}
	rawFile(t, dir, one, sealed(1, "a\n"))
	rawFile(t, dir, two, sealed(1, "a\n"), sealed(2, "bb\n")[:20])
	c := refreshed(t, dir)
	ends := c.Ends()
	end := int64(len(header(one)) + FrameHeader + 2)
	if len(ends) != 2 || ends[one].Offset != end || ends[two].Offset != end {
		t.Errorf("%v, want %d", ends, end)
	}
	ends[gone] = Position{Offset: 1}
	c.Prune(ends)
	if _, ok := ends[gone]; ok || len(ends) != 2 {
		t.Errorf("%v", ends)
	}
}
