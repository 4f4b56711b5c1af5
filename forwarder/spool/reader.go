package spool

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"httpd-syslog/forwarder/spool/frame"
)

// Reader gives the frames of all files of a catalog to one consumer: those of
// one writer in its order, those of several by the time at which they were received,
// as far as they are in the spool; nobody is waited for. Of a file that is still
// written to it gives what is there so far. Not for concurrent use.
type Reader struct {
	catalog *Catalog
	disk    *disk
	wanted  func(*frame.FileHeader) bool
	limit   Positions // nil: none
	cursors map[frame.FileID]*cursor
	known   []*File   // catalog.Files as last seen
	heads   []*cursor // of each writer, the file to be read next
	look    int       // index in heads of the next one to be looked at
	looked  uint64    // catalog.changes when all were last looked at
	merge   merge     // the files that have a frame in hand
	current *cursor   // whose frame was given out last
	buffers buffers
	open    []*cursor // that have a descriptor, the one that was opened first in front

	ended  bool  // a file has nothing more at present: others may have
	toEnd  bool  // the last read came to the end of its file
	loaded int   // bytes that it gave
	frame  Frame // reused: at low rates there is one for each line
}

// cursor is the place up to which one file has been read.
type cursor struct {
	file   *File
	next   *cursor // of the writer's next file; nil: there is none
	head   int     // index in Reader.heads
	f      *os.File
	header *frame.FileHeader
	pos    Position
	seen   uint64    // file.changes when nothing more was there
	done   bool      // read to the end, and complete
	parked bool      // not to be read: unwanted, or not understood
	err    error     // why it is not read at present; nil: it is, or it is unwanted
	gone   bool      // the catalog has the file no more
	bad    time.Time // since when it cannot be read; zero: it can

	buf   []byte
	data  []byte // of buf: read, and not yet given out
	size  int    // of the next buf
	index int    // in Reader.merge, from 1; 0: it is not there
	time  int64  // of the frame in hand, in ns
	now   int64  // the clock, as last looked at
}

// NewReader returns a reader that starts at from. wanted tells which files to
// read; it is asked once for each. The others stay unread. nil: all.
func NewReader(c *Catalog, from Positions, wanted func(*frame.FileHeader) bool) *Reader {
	if wanted == nil {
		wanted = func(*frame.FileHeader) bool { return true }
	}
	r := &Reader{catalog: c, disk: theDisk, wanted: wanted}
	r.Reset(from)
	return r
}

// Reset makes the reader start again at from, without a limit.
func (r *Reader) Reset(from Positions) {
	r.letGo()
	r.cursors, r.known, r.heads, r.limit = make(map[frame.FileID]*cursor), nil, nil, nil
	for id, p := range from {
		r.cursors[id] = &cursor{pos: p}
	}
}

// Limit keeps the reader from giving frames that begin at these positions or behind them; of
// a file that has none it gives nothing. The caller may move them on.
func (r *Reader) Limit(to Positions) { r.limit = to }

// Close closes all files and lets go of memory. Next opens what it needs again.
func (r *Reader) Close() {
	r.letGo()
	r.buffers = buffers{}
}

// letGo drops what was read and not given out, and closes all files.
func (r *Reader) letGo() {
	for len(r.merge) > 0 {
		c := r.merge[0]
		r.drop(c)
		c.seen = 0
	}
	for len(r.open) > 0 {
		r.close(r.open[0])
	}
	r.current, r.look = nil, 0
}

// park leaves a file alone for good, without a descriptor that would keep its
// space from being freed.
func (r *Reader) park(c *cursor) {
	c.parked = true
	r.close(c)
}

// fail puts a file off after an error: it may pass, but not between two calls of Next.
func (r *Reader) fail(c *cursor, err error) error {
	c.seen, c.err = c.file.changes.Load(), fmt.Errorf("spool: %w", err)
	r.close(c)
	return c.err
}

// leaveAlone parks a file that is not understood.
func (r *Reader) leaveAlone(c *cursor, err error) error {
	r.park(c)
	c.err = fmt.Errorf("spool: %s is left alone: %w", c.file.Path, err)
	return c.err
}

// Next returns the next frame, or nil when there is none for now. It is valid
// until the next call. When a file has been read to its end and is complete, a
// frame without lines says so, whose First is 0 and whose End is the file's
// size. After an error the next call goes on behind what the error is about: a
// DamageError tells of bytes that were passed over, and a file that could not be
// read is tried again after the next Catalog.Refresh or hint.
func (r *Reader) Next() (*Frame, error) {
	if c := r.current; c != nil {
		r.current = nil
		if !r.advance(c) {
			if f, err := r.fill(c); f != nil || err != nil {
				return f, err
			}
		}
	}
	for {
		if f, err := r.survey(); f != nil || err != nil {
			return f, err
		}
		if len(r.merge) == 0 {
			return nil, nil
		}
		if f, err := r.take(r.merge[0]); f != nil || err != nil {
			return f, err
		}
	}
}

// HasMore reports whether Next has another frame, or a part of one, of what was read already.
func (r *Reader) HasMore() bool {
	return len(r.merge) > 1 || r.current != nil && len(r.current.data) > 0
}

// Unread is why some file is not read at present: it cannot be, which is tried again
// after each Catalog.Refresh, or it is not understood. nil: there is no such file.
func (r *Reader) Unread() error {
	for _, f := range r.known {
		if c := r.cursors[f.ID]; c.err != nil {
			return c.err
		}
	}
	return nil
}

// AtEnd reports whether every file is complete and read, but for those that
// are not to be read and those that except names.
func (r *Reader) AtEnd(except func(frame.FileID) bool) bool {
	for _, f := range r.catalog.Files() {
		if c := r.cursors[f.ID]; !except(f.ID) && (c == nil || !c.done && !c.parked) {
			return false
		}
	}
	return true
}

// Skip passes over what is left of a file, and counts its lines but for those before
// had. It calls each with the numbers of every frame, as File.Numbers does. A frame that Next has
// returned stays valid.
func (r *Reader) Skip(f *File, had Position, each func(first, last uint64, event bool)) (lines uint64) {
	r.refresh()
	c := r.cursors[f.ID]
	if c == nil || c.done {
		return 0
	}
	from := c.pos
	if from.Before(had) {
		from = had
	}
	lines, end := f.Numbers(from, each)
	c.pos, c.done, c.err, r.look = Position{Offset: end}, true, nil, 0
	r.drop(c)
	r.close(c)
	if r.current == c {
		r.current = nil
	}
	return lines
}

// take gives out the frame that a file has in hand. Both are nil where it has none after all.
func (r *Reader) take(c *cursor) (*Frame, error) {
	if c.data == nil { // another file needed the memory
		r.drop(c)
		c.seen = 0
		return r.fill(c)
	}
	f := &r.frame
	n, err := f.Parse(c.data)
	if err != nil {
		r.drop(c)
		return nil, r.resync(c, err)
	}
	f.File, f.Head, f.Start = c.file, c.header, c.pos
	c.pos = Position{Offset: c.pos.Offset + int64(n)}
	f.End = c.pos.Offset
	c.data = c.data[n:]
	r.current = c
	return f, nil
}

// advance puts a file that has given a frame out where its next one belongs. false: no whole one
// was read.
func (r *Reader) advance(c *cursor) bool {
	if c.index == 0 {
		return false
	}
	n, err := frame.Len(c.data)
	if err == frame.ErrPart || err == nil && n > len(c.data) || r.isBeyond(c) {
		r.drop(c)
		return false
	}
	r.merge.moved(c, c.frameTime())
	return true
}

// isBeyond reports whether the limit keeps the file from being read on. To its end it may be read
// where the limit is in the writer's next file.
func (r *Reader) isBeyond(c *cursor) bool {
	if r.limit == nil || c.pos.Offset < r.limit[c.file.ID].Offset {
		return false
	}
	if c.next == nil {
		return true
	}
	_, begun := r.limit[c.next.file.ID]
	return !begun
}

// survey looks at the files that may have something new, at the end of what was read of one. It
// returns what there is to say of a file besides its frames.
func (r *Reader) survey() (*Frame, error) {
	if len(r.merge) > 0 && r.look >= len(r.heads) && !r.ended {
		return nil, nil
	}
	r.refresh()
	if n := r.catalog.changes.Load(); n != r.looked || r.limit != nil && len(r.merge) == 0 {
		r.looked, r.look = n, 0
	}
	for r.look < len(r.heads) {
		c := r.heads[r.look]
		r.look++
		if f, err := r.fill(c); f != nil || err != nil {
			return f, err
		}
	}
	r.ended = false
	return nil, nil
}

// fill reads on in a file, if it may have anything, until it has a frame in hand. If there is
// nothing more, and never will be, it returns the frame that says so, and turns to the writer's next
// file.
func (r *Reader) fill(c *cursor) (*Frame, error) {
	if c.gone || c.index > 0 || r.heads[c.head] != c {
		return nil, nil
	}
	if c.done || c.parked {
		if r.skipDone(c.head) {
			return r.fill(r.heads[c.head])
		}
		return nil, nil
	}
	if c.seen == c.file.changes.Load() || r.isBeyond(c) {
		return nil, nil
	}
	f, err := r.read(c)
	if c.done || c.parked {
		r.look = min(r.look, c.head) // its successor is next
	}
	return f, err
}

// read reads on in one file.
func (r *Reader) read(c *cursor) (*Frame, error) {
	changes, complete := c.file.changes.Load(), c.file.Complete()
	more, err := r.load(c)
	switch {
	case err != nil:
		r.drop(c)
		return nil, err
	case more:
		r.merge.push(c, c.frameTime())
	case c.parked || c.done:
	case complete:
		f, err := r.finish(c)
		r.drop(c)
		return f, err
	default:
		r.drop(c)
	}
	if !complete && r.toEnd && !c.done {
		c.seen, r.ended = changes, true
	}
	return nil, nil
}

// load fills the buffer, and reports whether there is a frame to take.
func (r *Reader) load(c *cursor) (bool, error) {
	r.toEnd = true
	if err := r.openFile(c); err != nil || c.header == nil || c.parked || c.done {
		return false, err
	}
	r.lend(c, max(c.size, leastRead))
	n, err := r.disk.pread(c.f, c.buf, c.pos.Offset)
	if err != nil {
		return false, r.unreadable(c, err)
	}
	c.err = nil
	r.toEnd, r.loaded = n < len(c.buf), n
	length, err := frame.Len(c.buf[:n])
	if err == nil && length > len(c.buf) {
		r.lend(c, length)
		return r.load(c)
	}
	if err == frame.ErrPart || err == nil && length > n {
		return false, nil
	}
	c.data, c.bad = c.buf[:n], time.Time{}
	c.size = leastRead
	if !r.toEnd {
		c.size = min(2*len(c.buf), readSize)
	}
	return true, nil
}

// openFile opens the file and reads its header; c.header stays nil while that is not
// all there. A file that is not understood is parked and reported.
func (r *Reader) openFile(c *cursor) (err error) {
	if c.f == nil {
		if c.f, err = os.Open(c.file.Path); err != nil {
			c.f = nil
			if errors.Is(err, os.ErrNotExist) {
				c.done, c.err = true, nil // removed; the catalog will notice
				return nil
			}
			return r.fail(c, err)
		}
		r.opened(c)
	}
	if c.header != nil {
		return nil
	}
	var buf [frame.MaxFileHeader]byte
	n, err := c.f.ReadAt(buf[:], 0)
	if err != nil && err != io.EOF {
		return r.fail(c, err)
	}
	h, length, err := frame.ParseFileHeader(buf[:n])
	if err == frame.ErrShortHeader {
		return nil
	}
	if err != nil {
		return r.leaveAlone(c, err)
	}
	c.header = &h
	if !r.wanted(&h) {
		r.park(c)
	}
	if c.pos.Offset < int64(length) {
		c.pos = Position{Offset: int64(length)}
	}
	return nil
}
