// Package census counts what waits in a spool, by the headers of frames alone, and changes nothing there:
// it takes no lock that a writer could meet, and removes no file. It may be wrong where a file is damaged,
// and a moment old; it is for who tells of a backlog, not for who delivers.
package census

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
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
	catalog *spool.Catalog
	writers []frame.WriterID // whose files are counted; none: everybody's
	files   map[frame.FileID]*tally
	marks   map[string]map[frame.FileID]*tally // by consumer
}

// tally is what the frames of a file come to, from its start to an offset.
type tally struct {
	stream string // of the file; empty: its header is not known yet
	end    int64
	lines  uint64
	text   uint64 // bytes of the lines
	err    error  // why nothing can be counted; nil: it can, or there is no whole header yet
}

// New returns the census of those writers' files in dir; without writers, of all.
func New(dir string, writers ...frame.WriterID) *Census {
	return &Census{
		catalog: spool.NewCatalog(dir), writers: writers,
		files: make(map[frame.FileID]*tally), marks: make(map[string]map[frame.FileID]*tally),
	}
}

// Refresh looks which files there are, and counts what is new in them. It returns how
// many there are, and their size.
func (c *Census) Refresh() (files int, bytes int64, err error) {
	if err := c.catalog.Look(); err != nil {
		return 0, 0, err
	}
	there := make(map[frame.FileID]*tally)
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
func (c *Census) Behind(consumer string, at spool.Positions, wants func(stream string) bool) (b Backlog) {
	marks := c.marks[consumer]
	if marks == nil {
		marks = make(map[frame.FileID]*tally)
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
		if t := received(f, pos.Offset); all.lines > done && (b.Oldest.IsZero() || t.Before(b.Oldest)) {
			b.Oldest = t
		}
	}
	return b
}

// reach counts up to an offset.
func (t *tally) reach(f *spool.File, to int64) {
	if t.end >= to {
		return
	}
	if t.stream == "" {
		h, err := f.Header()
		t.stream, t.err = h.Stream, err
		if err == frame.ErrShortHeader || errors.Is(err, fs.ErrNotExist) {
			t.err = nil
		}
	}
	_ = f.Frames(t.end, func(end int64, head []byte) bool { // what can be counted
		if end > to {
			return false
		}
		lines := frame.LinesIn(head)
		t.end, t.lines = end, t.lines+uint64(lines)
		if lines > 0 {
			t.text += uint64(frame.PayloadLen(head))
		}
		return true
	})
}

// received is when the frame at an offset came in, 0 being the first one; zero: there
// is none.
func received(f *spool.File, at int64) (t time.Time) {
	_ = f.Frames(at, func(_ int64, head []byte) bool { // none is no error here
		t = time.Unix(0, frame.Received(head))
		return false
	})
	return t
}
