package spool

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

const readSize = 512 << 10

// DamageError says that part of a file is not made of whole frames and was
// passed over.
type DamageError struct {
	Path   string
	Offset int64
	Length int64
	Torn   bool // the end of a file, whose writer was stopped within a frame
	Err    error
}

func (e *DamageError) Error() string {
	what := "damaged"
	if e.Torn {
		what = "torn"
	}
	return fmt.Sprintf("spool: %s: %d bytes %s at offset %d: %v", e.Path, e.Length, what, e.Offset, e.Err)
}

func (e *DamageError) Unwrap() error { return e.Err }

// Reader gives the frames of all files of a catalog to one consumer: those of
// one writer in order, several writers in turn, and of a file that is still
// written to what it holds so far. Not for concurrent use.
type Reader struct {
	catalog *Catalog
	wanted  func(*Header) bool
	cursors map[FileID]*cursor
	known   []*File // catalog.Files as last seen
	next    int     // index in known at which to go on

	buf    []byte
	data   []byte // of buf: read, and not yet given out
	toEnd  bool   // the last read came to the end of its file
	loaded int    // bytes that it gave
	cur    *cursor
	frame  Frame // reused: at low rates there is one for each line
}

// cursor is the place up to which one file has been read.
type cursor struct {
	file   *File
	f      *os.File
	head   *Header
	pos    Position
	seen   uint64    // file.changes when nothing more was there
	done   bool      // read to the end, and complete
	parked bool      // not to be read: unwanted, or not understood
	err    error     // why it is not read at present; nil: it is, or it is unwanted
	bad    time.Time // since when it cannot be read; zero: it can
}

// NewReader returns a reader that starts at from. wanted tells which files to
// read; it is asked once for each. The others stay unread. nil: all.
func NewReader(c *Catalog, from Positions, wanted func(*Header) bool) *Reader {
	if wanted == nil {
		wanted = func(*Header) bool { return true }
	}
	r := &Reader{catalog: c, wanted: wanted, buf: make([]byte, readSize)}
	r.Reset(from)
	return r
}

// Reset makes the reader start again at from.
func (r *Reader) Reset(from Positions) {
	r.Close()
	r.cursors, r.known = make(map[FileID]*cursor), nil
	for id, p := range from {
		r.cursors[id] = &cursor{pos: p}
	}
}

// Close closes all files.
func (r *Reader) Close() {
	for _, c := range r.cursors {
		c.close()
	}
	r.data, r.cur = nil, nil
}

// park leaves a file alone for good, without a descriptor that would keep its
// space from being freed.
func (c *cursor) park() {
	c.parked = true
	c.close()
}

// fail puts a file off after an error: it may pass, but not between two calls of Next.
func (c *cursor) fail(err error) error {
	c.seen, c.err = c.file.changes.Load(), fmt.Errorf("spool: %w", err)
	c.close()
	return c.err
}

// leaveAlone parks a file that is not understood.
func (c *cursor) leaveAlone(err error) error {
	c.park()
	c.err = fmt.Errorf("spool: %s is left alone: %w", c.file.Path, err)
	return c.err
}

func (c *cursor) close() {
	if c.f != nil {
		c.f.Close()
		c.f = nil
	}
}

// Next returns the next frame, or nil when there is none for now. It is valid
// until the next call. When a file has been read to its end and is complete, a
// frame without lines says so, whose First is 0 and whose End is the file's
// size. After an error the next call goes on behind what the error is about: a
// DamageError tells of bytes that were passed over, and a file that could not be
// read is tried again after the next Catalog.Refresh or hint.
func (r *Reader) Next() (*Frame, error) {
	for {
		if r.cur != nil {
			if f, err := r.take(); f != nil || err != nil {
				return f, err
			}
		}
		c := r.pick()
		if c == nil {
			return nil, nil
		}
		if f, err := r.read(c); f != nil || err != nil {
			return f, err
		}
	}
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
func (r *Reader) AtEnd(except func(FileID) bool) bool {
	for _, f := range r.catalog.Files() {
		if c := r.cursors[f.ID]; !except(f.ID) && (c == nil || !c.done && !c.parked) {
			return false
		}
	}
	return true
}

// Skip passes over what is left of a file, and counts its lines but for those before
// had. A frame that Next has returned stays valid.
func (r *Reader) Skip(f *File, had Position) (lines uint64) {
	r.refresh()
	c := r.cursors[f.ID]
	if c == nil || c.done {
		return 0
	}
	from := c.pos
	if from.Before(had) {
		from = had
	}
	end := from.Offset
	_ = f.scan(from.Offset, func(to int64, n int) bool { // what can be counted
		end, lines = to, lines+uint64(n)
		return true
	})
	lines -= min(lines, uint64(from.Lines))
	c.pos, c.done, c.err = Position{Offset: end}, true, nil
	c.close()
	if r.cur == c {
		r.data, r.cur = nil, nil
	}
	return lines
}

// take gives out the next whole frame of what was read.
func (r *Reader) take() (*Frame, error) {
	c, f := r.cur, &r.frame
	n, err := f.parse(r.data)
	if err == errPart {
		r.data, r.cur = nil, nil // in flight, or behind the end of the buffer
		return nil, nil
	}
	if err != nil {
		return nil, r.resync(c, err)
	}
	f.File, f.Head, f.Start = c.file, c.head, c.pos
	c.pos = Position{Offset: c.pos.Offset + int64(n)}
	f.End = c.pos.Offset
	r.data = r.data[n:]
	return f, nil
}

// pick chooses the file to read from, nil if none may have anything. The files
// have their turn one after the other.
func (r *Reader) pick() *cursor {
	r.refresh()
	for range r.known {
		if r.next >= len(r.known) {
			r.next = 0
		}
		i := r.next
		r.next++
		if r.mayRead(i) {
			return r.cursors[r.known[i].ID]
		}
	}
	return nil
}

// mayRead: the file may have grown, and its predecessor is done.
func (r *Reader) mayRead(i int) bool {
	c := r.cursors[r.known[i].ID]
	if c.done || c.parked || c.seen == c.file.changes.Load() {
		return false
	}
	if i == 0 || r.known[i-1].ID.Writer != c.file.ID.Writer {
		return true
	}
	before := r.cursors[r.known[i-1].ID]
	return before.done || before.parked
}

// refresh takes over what the catalog has found.
func (r *Reader) refresh() {
	files := r.catalog.Files()
	if len(files) == len(r.known) && (len(files) == 0 || &files[0] == &r.known[0]) {
		return
	}
	r.known = files
	there := make(map[FileID]bool, len(files))
	for _, f := range files {
		there[f.ID] = true
		c := r.cursors[f.ID]
		if c == nil {
			c = &cursor{}
			r.cursors[f.ID] = c
		}
		c.file = f
		if c.err != nil {
			c.seen = 0
		}
	}
	for id, c := range r.cursors {
		if !there[id] {
			c.close()
			delete(r.cursors, id)
		}
	}
}

// read reads on in one file, for take to give out. If there is nothing more,
// and never will be, it returns the frame that says so.
func (r *Reader) read(c *cursor) (*Frame, error) {
	changes, complete := c.file.changes.Load(), c.file.Complete()
	more, err := r.load(c)
	switch {
	case err != nil:
		return nil, err
	case c.parked || c.done:
		return nil, nil
	case complete && !more:
		return r.finish(c)
	case !complete && r.toEnd:
		c.seen = changes
	}
	return nil, nil
}

// load fills the buffer, and reports whether there is a frame to take.
func (r *Reader) load(c *cursor) (bool, error) {
	r.toEnd = true
	if err := r.open(c); err != nil || c.head == nil || c.parked || c.done {
		return false, err
	}
	n, err := pread(c.f, r.buf, c.pos.Offset)
	if err != nil {
		return false, r.unreadable(c, err)
	}
	c.err = nil
	r.toEnd, r.loaded = n < len(r.buf), n
	length, err := frameLen(r.buf[:n])
	if err == nil && length > len(r.buf) {
		r.buf = make([]byte, length)
		return r.load(c)
	}
	if err == errPart || err == nil && length > n {
		return false, nil
	}
	r.data, r.cur, c.bad = r.buf[:n], c, time.Time{}
	return true, nil
}

// open opens the file and reads its header; c.head stays nil while that is not
// all there. A file that is not understood is parked and reported.
func (r *Reader) open(c *cursor) (err error) {
	if c.f == nil {
		if c.f, err = os.Open(c.file.Path); err != nil {
			if errors.Is(err, os.ErrNotExist) {
				c.done, c.err = true, nil // removed; the catalog will notice
				return nil
			}
			return c.fail(err)
		}
	}
	if c.head != nil {
		return nil
	}
	n, err := c.f.ReadAt(r.buf[:maxHeader], 0)
	if err != nil && err != io.EOF {
		return c.fail(err)
	}
	h, length, err := parseHeader(r.buf[:n])
	if err == errShort {
		return nil
	}
	if err != nil {
		return c.leaveAlone(err)
	}
	c.head = &h
	if !r.wanted(&h) {
		c.park()
	}
	if c.pos.Offset < int64(length) {
		c.pos = Position{Offset: int64(length)}
	}
	return nil
}

// finish ends the reading of a complete file.
func (r *Reader) finish(c *cursor) (*Frame, error) {
	st, err := c.f.Stat()
	if err != nil {
		return nil, c.fail(err)
	}
	size := st.Size()
	if size > c.pos.Offset {
		if err := r.reachable(c, size); err != nil {
			return nil, r.unreadable(c, err)
		}
		return nil, r.rest(c, size)
	}
	c.done, c.err = true, nil
	c.close()
	head := c.head
	if head == nil {
		head = &Header{File: c.file.ID}
	}
	r.frame = Frame{Kind: Lines, Severity: StreamSeverity, File: c.file, Head: head, Start: c.pos, End: max(c.pos.Offset, size)}
	return &r.frame, nil
}

// reachable is the error that has kept the last read from the end of the file, if
// one has.
func (r *Reader) reachable(c *cursor, size int64) error {
	end := c.pos.Offset + int64(r.loaded)
	if c.head == nil || end >= size {
		return nil
	}
	_, err := pread(c.f, make([]byte, 1), end)
	return err
}

// rest passes over what a complete file holds behind its last whole frame, or
// instead of a header. It is torn, unless its length is what is damaged: then
// there are frames behind it.
func (r *Reader) rest(c *cursor, size int64) error {
	if c.head != nil && !tornPayload(r.buf[:min(size-c.pos.Offset, int64(len(r.buf)))]) {
		return r.resync(c, errPart)
	}
	if c.head == nil {
		at, err := findFrame(c.f, 1, size, false)
		if err != nil {
			return c.fail(err)
		}
		if at < size {
			return c.leaveAlone(errHeaderLen)
		}
	}
	torn := &DamageError{Path: c.file.Path, Offset: c.pos.Offset, Length: size - c.pos.Offset, Torn: true, Err: errPart}
	c.pos = Position{Offset: size}
	return torn
}

// tornPayload reports whether b may be all that was written of a frame. Each
// line has its LF, and the last of them is the payload's last byte: where as many are
// there as the frame has lines, and more was to come, its length is wrong. What is torn
// must not be searched for frames, as payloads can hold anything, what looks like frames
// included.
func tornPayload(b []byte) bool {
	if len(b) < FrameHeader {
		return true
	}
	origin, padding := besides(b)
	length := framePayload(b)
	if length < 0 {
		return false // no such frame was ever written
	}
	lines := binary.LittleEndian.Uint32(b[12:])
	payload := b[min(FrameHeader+origin, len(b)):] // an origin can hold LFs of its own
	whole := padding > 0 && len(payload) >= length
	payload = payload[:min(length, len(payload))]
	count := int64(bytes.Count(payload, newline))
	return count < int64(lines) || whole && count == int64(lines) && bytes.HasSuffix(payload, newline)
}

var newline = []byte("\n")

// resync moves behind what is damaged, to the next frame that is whole, or to
// the end of the file. If the file still grows, the frame in flight at its end
// is not passed over.
func (r *Reader) resync(c *cursor, cause error) error {
	r.data, r.cur = nil, nil
	growing := !c.file.Complete() // asked first: once complete, the size is final
	st, err := c.f.Stat()
	if err != nil {
		return c.fail(err)
	}
	from := c.pos.Offset
	var file io.ReaderAt = c.f
	if errors.Is(cause, unix.EIO) {
		file = salvage{c.f}
	}
	to, err := findFrame(file, from+1, st.Size(), growing)
	if err != nil {
		return c.fail(err)
	}
	c.pos, c.seen = Position{Offset: to}, 0 // what is behind it was read, and is to be read again
	return &DamageError{Path: c.file.Path, Offset: from, Length: to - from, Torn: cause == errPart && to == st.Size(), Err: cause}
}
