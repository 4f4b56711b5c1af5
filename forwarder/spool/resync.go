package spool

import (
	"errors"
	"io"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/spool/frame"
)

// errFramesFollow: the header is not all there, and what stands behind it are frames.
var errFramesFollow = errors.New("header shorter than the length it gives")

// finish ends the reading of a complete file.
func (r *Reader) finish(c *cursor) (*Frame, error) {
	st, err := c.f.Stat()
	if err != nil {
		return nil, r.fail(c, err)
	}
	size := st.Size()
	if size > c.pos.Offset {
		if err := r.reachable(c, size); err != nil {
			return nil, r.unreadable(c, err)
		}
		return nil, r.rest(c, size)
	}
	c.done, c.err = true, nil
	r.close(c)
	head := c.header
	if head == nil {
		head = &frame.FileHeader{File: c.file.ID}
	}
	r.frame = Frame{Frame: frame.Frame{Kind: frame.Lines, Severity: frame.StreamSeverity}, File: c.file, Head: head, Start: c.pos, End: max(c.pos.Offset, size)}
	return &r.frame, nil
}

// reachable is the error that has kept the last read from the end of the file, if one has.
func (r *Reader) reachable(c *cursor, size int64) error {
	end := c.pos.Offset + int64(r.loaded)
	if c.header == nil || end >= size {
		return nil
	}
	_, err := r.disk.pread(c.f, make([]byte, 1), end)
	return err
}

// rest passes over what a complete file holds behind its last whole frame, or instead of a header. It is
// torn, unless its length is what is damaged: then there are frames behind it.
func (r *Reader) rest(c *cursor, size int64) error {
	if c.header != nil && !frame.MayBeTorn(c.buf[:min(size-c.pos.Offset, int64(len(c.buf)))]) {
		return r.resync(c, frame.ErrPart)
	}
	if c.header == nil {
		at, err := frame.Find(c.f, 1, size, false)
		if err != nil {
			return r.fail(c, err)
		}
		if at < size {
			return r.leaveAlone(c, errFramesFollow)
		}
	}
	torn := &DamageError{disk: r.disk, Path: c.file.Path, File: c.file.ID, Head: c.header, Offset: c.pos.Offset, Length: size - c.pos.Offset, Torn: true, Err: frame.ErrPart}
	c.pos, r.look = Position{Offset: size}, min(r.look, c.head)
	return torn
}

// resync moves behind what is damaged, to the next frame that is whole, or to the end of the file. If the
// file still grows, the frame in flight at its end is not passed over.
func (r *Reader) resync(c *cursor, cause error) error {
	growing := !c.file.Complete() // asked first: once complete, the size is final
	st, err := c.f.Stat()
	if err != nil {
		return r.fail(c, err)
	}
	from := c.pos.Offset
	var file io.ReaderAt = c.f
	if errors.Is(cause, unix.EIO) {
		file = salvage{r.disk, c.f}
	}
	to, err := frame.Find(file, from+1, st.Size(), growing)
	if err != nil {
		return r.fail(c, err)
	}
	c.pos, c.seen, r.look = Position{Offset: to}, 0, min(r.look, c.head) // what is behind it was read, and is to be read again
	return &DamageError{disk: r.disk, Path: c.file.Path, File: c.file.ID, Head: c.header, Offset: from, Length: to - from, Torn: cause == frame.ErrPart && to == st.Size(), Err: cause}
}
