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

	buf        []byte
	start, end int // buf[start:end] is read and not yet returned

	// About the frame at start:
	kind    frameKind
	want    int // counted: its length
	scanned int // undecided: leading digits; ended: bytes known to hold no ender

	readErr error // what ended r; what is in buf still counts
	err     error // what ended the stream of frames
}

// NewDeframer returns a Deframer of r for frames of at most max bytes, not counting length and
// ender. 0 or less is DefaultMaxFrame.
func NewDeframer(r io.Reader, max int) *Deframer {
	if max <= 0 {
		max = DefaultMaxFrame
	}
	return &Deframer{r: r, max: max, buf: make([]byte, readSize)}
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
	for {
		if d.kind == undecided {
			d.decide()
		}
		switch d.kind {
		case undecided:
			return nil, false
		case counted:
			if d.err != nil || d.end-d.start < d.want {
				return nil, false
			}
			return d.take(d.want, 0), true
		}
		n := d.line()
		if n < 0 || d.err != nil {
			return nil, false
		}
		if frame := d.take(n, 1); n > 0 {
			return frame, true
		}
	}
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
		if d.want > d.max {
			d.tooLong(string(digits[:min(len(digits), maxSeen)]))
			return
		}
	}
}

// line returns the length of the line at the front, or -1 while its end is not in the buffer.
func (d *Deframer) line() int {
	p := d.buf[d.start:d.end]
	rest := p[d.scanned:]
	end := bytes.IndexByte(rest, '\n')
	if !d.keepNUL {
		if end >= 0 {
			rest = rest[:end]
		}
		if nul := bytes.IndexByte(rest, 0); nul >= 0 {
			end = nul
		}
	}
	n := len(p)
	if end >= 0 {
		n = d.scanned + end
	}
	if n > d.max {
		d.tooLong("")
		return -1
	}
	d.scanned = n
	if end < 0 {
		return -1
	}
	return n
}

// take consumes a frame of n bytes and the bytes of its ender.
func (d *Deframer) take(n, ender int) []byte {
	frame := d.buf[d.start : d.start+n : d.start+n]
	d.start += n + ender
	d.kind, d.want, d.scanned = undecided, 0, 0
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
	case d.kind == counted:
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
// never longer than the limit and a prefix, so there is always room to make.
func (d *Deframer) fill() {
	if d.start == d.end {
		d.start, d.end = 0, 0
	}
	if d.end == len(d.buf) {
		d.makeRoom()
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
func (d *Deframer) makeRoom() {
	to := d.buf
	if unread := d.end - d.start; unread > len(d.buf)/2 {
		if size := min(2*len(d.buf), d.max+readSize); size > len(d.buf) {
			to = make([]byte, size)
		}
	}
	d.end = copy(to, d.buf[d.start:d.end])
	d.start = 0
	d.buf = to
}
