package syslogfmt

import (
	"bytes"
	"fmt"
	"io"
)

const (
	// DefaultMaxFrame is the frame limit of a Deframer that is given none, in bytes.
	DefaultMaxFrame = 1 << 20
	readSize        = 64 << 10
	maxSeen         = 64
	maxEmptyReads   = 100
	maxPassed       = 1<<31 - 1
)

// FrameError says that a frame exceeds a Deframer's limit. The stream cannot be read on: where the
// next frame begins is not known.
type FrameError struct {
	Digits string // the announced length, as sent (cut to 64 bytes); "" for an LF-ended frame
	Max    int    // the limit, in bytes
	Seen   []byte // the first bytes of the frame, at most 64
}

func (e *FrameError) Error() string {
	if e.Digits != "" {
		return fmt.Sprintf("syslog frame of %s bytes exceeds the limit of %d: %q", e.Digits, e.Max, e.Seen)
	}
	return fmt.Sprintf("syslog frame without an end in %d bytes: %q", e.Max, e.Seen)
}

// frameKind is what is known about the frame at the front of the buffer.
type frameKind uint8

const (
	undecided frameKind = iota
	counted             // its prefix is consumed; want bytes follow
	ended               // up to LF or NUL
)

// Deframer cuts a byte stream into syslog frames (RFC 6587, 3.4). Each frame is judged by itself: a
// digit 1 to 9, further digits, a space and '<' begin an octet-counted one; anything else is a line
// that ends at LF, or at NUL, which is what libc's syslog() ends its messages with on a stream
// socket (KeepNUL makes NUL part of the text). The ender is not part of the frame, a CR before it
// is. Empty lines are skipped: they are no message in any format.
//
// A Deframer's memory is at most the frame limit plus 64 KiB. It is not safe for concurrent use.
type Deframer struct {
	r       io.Reader
	max     int
	keepNUL bool
	cutLong bool
	first   int                 // length of buf at first
	grow    func(size int) bool // see CutLong; nil: there is no other bound than max

	buf        []byte
	start, end int // buf[start:end] is read and not yet returned

	// About the frame at start:
	kind    frameKind
	want    int // counted: its length
	scanned int // undecided: leading digits; ended: bytes known to hold no ender

	// About the frame before, or instead of the one at start:
	lost     int  // bytes that it lacks; see Lost
	pass     int  // bytes of it to be passed over
	passLine bool // it is to be passed over up to its ender
	noRoom   bool // buf is full of one frame, and may not grow

	readErr error // what ended r; what is in buf still counts
	err     error // what ended the stream of frames
}

// NewDeframer returns a Deframer of r for frames of at most max bytes, not counting length and
// ender. 0 or less is DefaultMaxFrame.
func NewDeframer(r io.Reader, max int) *Deframer {
	if max <= 0 {
		max = DefaultMaxFrame
	}
	return &Deframer{r: r, max: max, first: readSize, buf: make([]byte, readSize)}
}

// CutLong makes frames above the limit frames as well: they are cut to it, Lost tells so, and what
// follows is passed over without being held. The buffer begins with size bytes. Before it becomes
// larger, and when it is so small again, grow is called with its new size; where it says no, the
// frame is cut to what is there. Call CutLong before Next.
//
// What is announced with more than 2147483647 bytes is a FrameError all the same.
func (d *Deframer) CutLong(size int, grow func(size int) bool) {
	d.cutLong, d.first, d.grow = true, size, grow
	d.buf = make([]byte, size)
}

// Lost returns how many bytes the frame that Next returned last lacks at its end; -1: some, and it
// is not known how many.
func (d *Deframer) Lost() int { return d.lost }

// Begun reports whether part of a frame has been read that Next has not returned.
func (d *Deframer) Begun() bool {
	return d.start < d.end || d.kind == counted || d.pass > 0 || d.passLine
}

// KeepNUL makes NUL a byte like any other, also in frames that LF ends. It is for transports on
// which no libc writes, such as TCP: text with a NUL then stays whole. Call it before Next.
func (d *Deframer) KeepNUL() { d.keepNUL = true }

// Next returns the next frame, which is valid until the next call. It blocks as its reader does,
// and only when no whole frame is in the buffer.
//
// At a clean end it returns io.EOF; an LF-framed last line without its LF is a frame. Any other
// error comes with the bytes of the frame that it broke, which may be none: io.ErrUnexpectedEOF for
// half an octet-counted frame, *FrameError for one above the limit, or the reader's own error.
// After an error every call returns it again, without bytes.
func (d *Deframer) Next() ([]byte, error) {
	if d.err != nil {
		return nil, d.err
	}
	d.lost = 0
	for {
		if frame, ok := d.cutFrame(); ok {
			return frame, nil
		}
		if d.err != nil || d.readErr != nil {
			return d.finish()
		}
		d.fill()
	}
}

// cutFrame takes a whole frame off the buffer. It sets d.err when the frame exceeds the limit.
func (d *Deframer) cutFrame() ([]byte, bool) {
	for d.passOver() {
		if d.kind == undecided {
			d.decide()
		}
		if d.err != nil {
			break
		}
		var frame []byte
		var ok bool
		switch {
		case d.kind == counted:
			frame, ok = d.takeCounted()
		case d.kind == ended || d.noRoom:
			frame, ok = d.takeLine()
		}
		if !ok {
			break
		}
		if len(frame) > 0 || d.lost != 0 {
			return frame, true
		}
	}
	return nil, false
}

// passOver drops what is left of a frame that was cut. It reports whether that is all gone.
func (d *Deframer) passOver() bool {
	n := min(d.pass, d.end-d.start)
	d.pass -= n
	d.start += n
	if d.passLine {
		end := d.ender(d.buf[d.start:d.end])
		d.passLine = end < 0
		if end < 0 {
			end = d.end - d.start - 1
		}
		d.start += end + 1
	}
	return d.pass == 0 && !d.passLine
}

// takeCounted takes the octet-counted frame at the front, as far as the limit allows.
func (d *Deframer) takeCounted() ([]byte, bool) {
	n, have := min(d.want, d.max), d.end-d.start
	if have < n && !d.noRoom {
		return nil, false
	}
	n = min(n, have)
	d.lost = d.want - n
	d.pass = d.lost
	return d.take(n, 0), true
}

// takeLine takes the line at the front, as far as the limit allows.
func (d *Deframer) takeLine() ([]byte, bool) {
	n, have := d.line(), d.end-d.start
	switch {
	case d.err != nil:
		return nil, false
	case n > d.max:
		d.lost = n - d.max
		return d.take(n, 1)[:d.max], true
	case n >= 0:
		return d.take(n, 1), true
	case have > d.max || d.noRoom:
		d.lost, d.passLine = -1, true
		return d.take(min(have, d.max), 0), true
	}
	return nil, false
}

// decide finds the kind of the frame at the front, as far as the buffer tells: with every byte up
// to the '<' still to come it may be either.
func (d *Deframer) decide() {
	p := d.buf[d.start:d.end]
	if len(p) == 0 {
		return
	}
	if p[0] == '0' {
		d.kind = ended
		return
	}
	for d.scanned < len(p) && isDigit(p[d.scanned]) {
		d.scanned++
	}
	n := d.scanned
	after := p[n:]
	switch {
	case n == 0 || n > d.max:
		d.kind = ended
	case len(after) == 0 || after[0] == ' ' && len(after) == 1:
		// undecided
	case after[0] != ' ' || after[1] != '<':
		d.kind = ended
	default:
		d.startCounted(p[:n])
	}
}

// startCounted consumes the prefix of an octet-counted frame.
func (d *Deframer) startCounted(digits []byte) {
	d.kind = counted
	d.start += len(digits) + 1
	for _, c := range digits {
		d.want = d.want*10 + int(c-'0')
		if limit := d.limit(); d.want > limit {
			d.tooLong(string(digits[:min(len(digits), maxSeen)]))
			return
		}
	}
}

// limit is the longest frame that may be announced.
func (d *Deframer) limit() int {
	if d.cutLong {
		return maxPassed
	}
	return d.max
}

// line returns the length of the line at the front, or -1 while its end is not in the buffer.
func (d *Deframer) line() int {
	p := d.buf[d.start:d.end]
	end := d.ender(p[d.scanned:])
	n := len(p)
	if end >= 0 {
		n = d.scanned + end
	}
	if n > d.max && !d.cutLong {
		d.tooLong("")
		return -1
	}
	d.scanned = n
	if end < 0 {
		return -1
	}
	return n
}

// ender returns where in b a line ends, or -1.
func (d *Deframer) ender(b []byte) int {
	end := bytes.IndexByte(b, '\n')
	if !d.keepNUL {
		if end >= 0 {
			b = b[:end]
		}
		if nul := bytes.IndexByte(b, 0); nul >= 0 {
			end = nul
		}
	}
	return end
}

// take consumes a frame of n bytes and the bytes of its ender.
func (d *Deframer) take(n, ender int) []byte {
	frame := d.buf[d.start : d.start+n : d.start+n]
	d.start += n + ender
	d.kind, d.want, d.scanned, d.noRoom = undecided, 0, 0, false
	return frame
}

func (d *Deframer) tooLong(digits string) {
	p := d.buf[d.start:d.end]
	d.err = &FrameError{Digits: digits, Max: d.max, Seen: bytes.Clone(p[:min(len(p), maxSeen)])}
}

// finish ends the stream of frames, returning what is left of the last one.
func (d *Deframer) finish() ([]byte, error) {
	rest := d.buf[d.start:d.end]
	d.start = d.end
	switch {
	case d.err != nil:
	case d.readErr != io.EOF:
		d.err = d.readErr
	case d.kind == counted || d.pass > 0:
		d.err = io.ErrUnexpectedEOF
	default:
		d.err = io.EOF
		if len(rest) > 0 {
			return rest, nil
		}
	}
	return rest, d.err
}

// fill reads once more into the buffer, after making room. The frames cutFrame leaves there are
// never longer than the limit and a prefix, so there is always room to make, unless d.grow says no.
func (d *Deframer) fill() {
	if d.start == d.end {
		d.start, d.end = 0, 0
		d.shrink()
	}
	if d.end == len(d.buf) && !d.makeRoom() {
		d.noRoom = true
		return
	}
	for range maxEmptyReads {
		n, err := d.r.Read(d.buf[d.end:])
		d.end += n
		d.readErr = err
		if n > 0 || err != nil {
			return
		}
	}
	d.readErr = io.ErrNoProgress
}

// makeRoom moves what is unread to the front, into a larger buffer when half of this one is in use.
func (d *Deframer) makeRoom() bool {
	to := d.buf
	if unread := d.end - d.start; unread > len(d.buf)/2 {
		size := min(2*len(d.buf), d.max+d.first)
		if size > len(d.buf) && (d.grow == nil || d.grow(size)) {
			to = make([]byte, size)
		}
	}
	d.end = copy(to, d.buf[d.start:d.end])
	d.start = 0
	d.buf = to
	return d.end < len(d.buf)
}

// shrink gives up what only a long frame needed.
func (d *Deframer) shrink() {
	if d.grow != nil && len(d.buf) > d.first {
		d.grow(d.first)
		d.buf = make([]byte, d.first)
	}
}
