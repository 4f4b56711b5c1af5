package spool

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"

	"golang.org/x/sys/unix"
)

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
		head = &Header{File: c.file.ID}
	}
	r.frame = Frame{Kind: Lines, Severity: StreamSeverity, File: c.file, Head: head, Start: c.pos, End: max(c.pos.Offset, size)}
	return &r.frame, nil
}

// reachable is the error that has kept the last read from the end of the file, if
// one has.
func (r *Reader) reachable(c *cursor, size int64) error {
	end := c.pos.Offset + int64(r.loaded)
	if c.header == nil || end >= size {
		return nil
	}
	_, err := pread(c.f, make([]byte, 1), end)
	return err
}

// rest passes over what a complete file holds behind its last whole frame, or
// instead of a header. It is torn, unless its length is what is damaged: then
// there are frames behind it.
func (r *Reader) rest(c *cursor, size int64) error {
	if c.header != nil && !tornPayload(c.buf[:min(size-c.pos.Offset, int64(len(c.buf)))]) {
		return r.resync(c, errPart)
	}
	if c.header == nil {
		at, err := findFrame(c.f, 1, size, false)
		if err != nil {
			return r.fail(c, err)
		}
		if at < size {
			return r.leaveAlone(c, errHeaderLen)
		}
	}
	torn := &DamageError{Path: c.file.Path, Offset: c.pos.Offset, Length: size - c.pos.Offset, Torn: true, Err: errPart}
	c.pos, r.look = Position{Offset: size}, min(r.look, c.head)
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
	growing := !c.file.Complete() // asked first: once complete, the size is final
	st, err := c.f.Stat()
	if err != nil {
		return r.fail(c, err)
	}
	from := c.pos.Offset
	var file io.ReaderAt = c.f
	if errors.Is(cause, unix.EIO) {
		file = salvage{c.f}
	}
	to, err := findFrame(file, from+1, st.Size(), growing)
	if err != nil {
		return r.fail(c, err)
	}
	c.pos, c.seen, r.look = Position{Offset: to}, 0, min(r.look, c.head) // what is behind it was read, and is to be read again
	return &DamageError{Path: c.file.Path, Offset: from, Length: to - from, Torn: cause == errPart && to == st.Size(), Err: cause}
}
