package spool

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"slices"
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
// once for all, and once for each consumer. It changes nothing in the spool. Not for
// concurrent use.
type Census struct {
	catalog *Catalog
	writers []WriterID // whose files are counted; none: everybody's
	files   map[FileID]*tally
	marks   map[string]map[FileID]*tally // by consumer
}

// tally is what the frames of a file come to, from its start to an offset.
type tally struct {
	stream string // of the file; empty: its header is not known yet
	end    int64
	lines  uint64
	text   uint64 // bytes of the lines
	err    error  // why nothing can be counted; nil: it can, or there is no whole header yet
}

// NewCensus returns the census of those writers' files in dir; without writers, of all.
func NewCensus(dir string, writers ...WriterID) *Census {
	return &Census{
		catalog: NewCatalog(dir), writers: writers,
		files: make(map[FileID]*tally), marks: make(map[string]map[FileID]*tally),
	}
}

// Refresh looks which files there are, and counts what is new in them. It returns how
// many there are, and their size.
func (c *Census) Refresh() (files int, bytes int64, err error) {
	if err := c.catalog.Look(); err != nil {
		return 0, 0, err
	}
	there := make(map[FileID]*tally)
	for _, f := range c.catalog.Files() {
		if len(c.writers) > 0 && !slices.Contains(c.writers, f.ID.Writer) {
			continue
		}
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

// Unread counts the files that cannot be read or are not understood, as of the last
// Refresh: nobody knows what they hold. err is why one of them cannot.
func (c *Census) Unread() (files int, err error) {
	for _, f := range c.catalog.Files() {
		if t := c.files[f.ID]; t != nil && t.err != nil {
			files++
			if err == nil {
				err = fmt.Errorf("%s: %w", f.Path, t.err)
			}
		}
	}
	return files, err
}

// Streams are those of which there is a file, as of the last Refresh.
func (c *Census) Streams() (all []string) {
	for _, t := range c.files {
		if t.stream != "" && !slices.Contains(all, t.stream) {
			all = append(all, t.stream)
		}
	}
	slices.Sort(all)
	return all
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
		h, err := f.header()
		t.stream, t.err = h.Stream, err
		if err == errShort || errors.Is(err, fs.ErrNotExist) {
			t.err = nil
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
