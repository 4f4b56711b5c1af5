package spool

import (
	"encoding/binary"
	"time"
)

// Backlog is what a consumer has not read.
type Backlog struct {
	Lines  uint64    // without events
	Text   uint64    // bytes of the frames that they are in whole, as they came in
	Bytes  int64     // of the spool
	Oldest time.Time // when the first of the lines came in; zero: there is none
}

// Census counts what consumers have not read, again and again, and looks at each frame
// once for all, and once for each consumer. Not for concurrent use.
type Census struct {
	catalog *Catalog
	files   map[FileID]*tally
	marks   map[string]map[FileID]*tally // by consumer
}

// tally is what the frames of a file come to, from its start to an offset.
type tally struct {
	stream string // of the file; empty: its header is not known yet
	end    int64
	lines  uint64
	text   uint64 // bytes of the lines
}

// NewCensus returns the census of dir.
func NewCensus(dir string) *Census {
	return &Census{catalog: NewCatalog(dir), files: make(map[FileID]*tally), marks: make(map[string]map[FileID]*tally)}
}

// Refresh looks which files there are, and counts what is new in them. It returns how
// many there are, and their size.
func (c *Census) Refresh() (files int, bytes int64, err error) {
	if err := c.catalog.Refresh(); err != nil {
		return 0, 0, err
	}
	there := make(map[FileID]*tally)
	for _, f := range c.catalog.Files() {
		size, err := f.Size()
		if err != nil {
			continue // it has just gone
		}
		t := c.files[f.ID]
		if t == nil {
			t = &tally{}
		}
		t.reach(f, size)
		there[f.ID] = t
		bytes += size
	}
	c.files = there
	for _, marks := range c.marks {
		for id := range marks {
			if there[id] == nil {
				delete(marks, id)
			}
		}
	}
	return len(there), bytes, nil
}

// Behind is what a consumer at those positions has not read of the files whose stream
// it wants, as of the last Refresh. Positions of one consumer mostly advance.
func (c *Census) Behind(consumer string, at Positions, wants func(stream string) bool) (b Backlog) {
	marks := c.marks[consumer]
	if marks == nil {
		marks = make(map[FileID]*tally)
		c.marks[consumer] = marks
	}
	for _, f := range c.catalog.Files() {
		all := c.files[f.ID]
		if all == nil || all.stream == "" || !wants(all.stream) {
			continue
		}
		pos := at[f.ID]
		m := marks[f.ID]
		if m == nil || m.end > pos.Offset {
			m = &tally{}
			marks[f.ID] = m
		}
		if pos.Offset > 0 {
			m.reach(f, pos.Offset)
		}
		done := m.lines + uint64(pos.Lines)
		b.Lines += all.lines - min(all.lines, done)
		b.Text += all.text - min(all.text, m.text)
		if all.end <= pos.Offset {
			continue
		}
		b.Bytes += all.end - pos.Offset
		if t := f.received(pos.Offset); all.lines > done && (b.Oldest.IsZero() || t.Before(b.Oldest)) {
			b.Oldest = t
		}
	}
	return b
}

// reach counts up to an offset.
func (t *tally) reach(f *File, to int64) {
	if t.end >= to {
		return
	}
	if t.stream == "" {
		if h, err := f.header(); err == nil {
			t.stream = h.Stream
		}
	}
	_ = f.scanFrames(t.end, func(end int64, head []byte) bool { // what can be counted
		if end > to {
			return false
		}
		lines := frameLines(head)
		t.end, t.lines = end, t.lines+uint64(lines)
		if lines > 0 {
			t.text += uint64(framePayload(head))
		}
		return true
	})
}

// received is when the frame at an offset came in, 0 being the first one; zero: there
// is none.
func (f *File) received(at int64) (t time.Time) {
	_ = f.scanFrames(at, func(_ int64, head []byte) bool { // none is no error here
		t = time.Unix(0, int64(binary.LittleEndian.Uint64(head[24:])))
		return false
	})
	return t
}
