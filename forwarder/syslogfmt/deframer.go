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
	// leastCountLimit is the announced length that a Deframer of CutLong takes at least, in bytes.
	leastCountLimit = 1 << 20
)

// FrameError says that a frame exceeds a Deframer's limit. The stream cannot be read on: where the
// next frame begins is not known.
type FrameError struct {
	Digits string // the announced length in bytes, as sent; "" for a line
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
	line                // up to its ender
	stray               // between counted frames, up to an ender or the next count
)

// Deframer cuts a byte stream into syslog frames (RFC 6587, 3.4). The first frame shows how the
// stream is framed, and it stays so: where that begins with a count, a space and "<PRI>", frames are
// octet counted; else they are lines that end at LF, or at NUL, which is what libc's syslog() ends
// its messages with on a stream socket. In lines a count is text, whatever it promises: one in
// somebody's message would swallow the messages behind it.
//
// CR, LF, NUL and space between counted frames are skipped. Anything else there is a frame of its
// own, up to LF, NUL or the next count: nothing is lost where a sender has counted wrong.
//
// The ender of a line is not part of the frame, a CR before it is. Empty lines are skipped: they are
// no message in any format.
//
// A Deframer's memory is at most the frame limit plus 64 KiB. It is not safe for concurrent use.
type Deframer struct {
	r       io.Reader
	max     int
	textNUL bool
	waiting func() bool // see TextNUL
	cutLong bool
	first   int                 // length of buf at first
	grow    func(size int) bool // see CutLong; nil: there is no other bound than max

	buf        []byte // made by the first read
	start, end int    // buf[start:end] is read and not yet returned

	shown Framing // how the stream is framed; None: it has not shown that yet

	// About the frame at start:
	kind    frameKind
	want    int // counted: its length
	scanned int // line, stray: bytes known to hold no end

	// About the frame before, or instead of the one at start:
	lost     int  // bytes that it lacks; see Lost
	pass     int  // bytes of it to be passed over
	passLine bool // it is to be passed over up to its ender
	noRoom   bool // buf is full of one frame, and may not grow

	readErr error // with which r has ended; bytes in buf are still returned
	err     error // what ended the stream of frames
}

// NewDeframer returns a Deframer of r for frames of at most max bytes, not counting length and
// ender. 0 or less is DefaultMaxFrame.
func NewDeframer(r io.Reader, max int) *Deframer {
	if max <= 0 {
		max = DefaultMaxFrame
	}
	return &Deframer{r: r, max: max, first: readSize}
}

// CutLong makes frames above the limit frames as well: they are cut to it, Lost tells so, and what
// follows is passed over without being held. The buffer begins with size bytes. Before it becomes
// larger, and when it is so small again, grow is called with its new size; where it says no, the
// frame is cut to what is there. Call CutLong before Next.
//
// An announced length above CountLimit is a FrameError all the same: it would have all be passed
// over that the stream brings for long.
func (d *Deframer) CutLong(size int, grow func(size int) bool) {
	d.cutLong, d.first, d.grow = true, size, grow
}

// CountLimit is the greatest announced length, in bytes, that does not end the stream: the frame
// limit, or with CutLong four times that and 1 MiB at least.
func (d *Deframer) CountLimit() int {
	if d.cutLong {
		return max(4*d.max, leastCountLimit)
	}
	return d.max
}

// Lost returns how many bytes the frame that Next returned last lacks at its end; -1: some, and it
// is not known how many.
func (d *Deframer) Lost() int { return d.lost }

// Framing is how the stream has shown that its frames are told apart: OctetCounting, LF, which NUL
// may stand for, or None while nothing is known.
func (d *Deframer) Framing() Framing { return d.shown }

// Begun reports whether part of a frame has been read that Next has not returned.
func (d *Deframer) Begun() bool {
	return d.start < d.end || d.kind == counted || d.pass > 0 || d.passLine
}

// TextNUL makes NUL part of a line's text, unless "<PRI>" follows it or nothing does: neither in the
// buffer nor, as waiting says, at the reader. It is for transports such as TCP, on which no libc
// writes, but some senders do what it does. A nil waiting is one that says no. Call TextNUL before
// Next.
func (d *Deframer) TextNUL(waiting func() bool) { d.textNUL, d.waiting = true, waiting }

// Next returns the next frame, which is valid until the next call. It blocks as its reader does,
// and only when no whole frame is in the buffer.
//
// At a clean end it returns io.EOF; a last line without its ender is a frame. Any other error comes
// with the bytes of the frame that it broke, which may be none: io.ErrUnexpectedEOF for half an
// octet-counted frame, *FrameError for one above the limit, or the reader's own error. After an
// error every call returns it again, without bytes.
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
		frame, ok := d.takeFrame()
		if !ok {
			break
		}
		if d.lost != 0 || !isNothing(frame) {
			return frame, true
		}
	}
	return nil, false
}

func (d *Deframer) takeFrame() ([]byte, bool) {
	switch {
	case d.kind == counted:
		return d.takeCounted()
	case d.kind == stray, d.noRoom && d.shown == OctetCounting:
		return d.takeStray()
	case d.kind == line || d.noRoom:
		return d.takeLine()
	}
	return nil, false
}

// unread are the bytes of the buffer that Next has not returned.
func (d *Deframer) unread() []byte { return d.buf[d.start:d.end] }

// passOver drops the rest of a frame that was cut, as far as it is in the buffer. It reports whether all
// of it is dropped.
func (d *Deframer) passOver() bool {
	n := min(d.pass, d.end-d.start)
	d.pass -= n
	d.start += n
	if d.passLine {
		end, known := d.lineEnd(0)
		d.passLine = end < 0
		if end < 0 {
			end = known - 1
		}
		d.start += end + 1
	}
	return d.pass == 0 && !d.passLine
}

// decide finds the kind of the frame at the front, as far as the buffer tells.
func (d *Deframer) decide() {
	if p := d.unread(); d.shown == OctetCounting && len(p) > 0 && p[0] <= ' ' {
		d.start += len(p) - len(bytes.TrimLeft(p, "\r\n\x00 "))
	}
	p := d.unread()
	if len(p) == 0 {
		return
	}
	if d.shown == LF {
		d.kind = line
		return
	}
	switch digits, f := countAt(p); {
	case f == yes:
		d.startCounted(p[:digits])
	case f == no && d.shown == OctetCounting:
		d.kind = stray
	case f == no:
		d.kind = line
	}
}

// startCounted consumes the prefix of an octet-counted frame.
func (d *Deframer) startCounted(digits []byte) {
	d.shown, d.kind = OctetCounting, counted
	d.start += len(digits) + 1
	for _, c := range digits {
		d.want = d.want*10 + int(c-'0')
		if limit := d.CountLimit(); d.want > limit {
			d.tooLong(string(digits), limit)
			return
		}
	}
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
func (d *Deframer) takeLine() (frame []byte, ok bool) {
	end, known := d.lineEnd(d.scanned)
	n, have := end, d.end-d.start
	d.scanned = known
	switch {
	case max(n, known) > d.max && !d.cutLong:
		d.tooLong("", d.max)
		return nil, false
	case n > d.max:
		d.lost = n - d.max
		frame = d.take(n, 1)[:d.max]
	case n >= 0:
		frame = d.take(n, 1)
	case have > d.max || d.noRoom:
		d.lost, d.passLine = -1, true
		frame = d.take(min(have, d.max), 0)
	default:
		return nil, false
	}
	if d.shown == None && !isNothing(frame) {
		d.shown = LF
	}
	return frame, true
}

// takeStray takes what is between two counted frames. A long one is several frames: none of it is
// passed over.
func (d *Deframer) takeStray() ([]byte, bool) {
	end, known := d.lineEnd(d.scanned)
	ender := 1
	if next := nextCount(d.unread(), max(0, d.scanned-priLen)); next >= 0 && (end < 0 || next < end) {
		end, ender = next, 0
	}
	d.scanned = known
	switch have := d.end - d.start; {
	case end > d.max, end < 0 && (have > d.max || d.noRoom):
		return d.take(min(have, d.max), 0), true
	case end >= 0:
		return d.take(end, ender), true
	}
	return nil, false
}

// lineEnd returns where the line at the front ends, looking at its bytes behind from; -1: its end is
// not in the buffer. known is how many of its bytes are known to hold none.
func (d *Deframer) lineEnd(from int) (end, known int) {
	p := d.unread()
	from = min(from, len(p))
	end = bytes.IndexByte(p[from:], '\n')
	upTo := len(p)
	if end >= 0 {
		end += from
		upTo = end
	}
	for nul := from; ; nul++ {
		i := bytes.IndexByte(p[nul:upTo], 0)
		if i < 0 {
			return end, upTo
		}
		nul += i
		switch d.endsAtNUL(p[nul+1:]) {
		case yes:
			return nul, nul
		case open:
			return -1, nul
		}
	}
}

// endsAtNUL tells whether a line ends at the NUL that stands before rest.
func (d *Deframer) endsAtNUL(rest []byte) fit {
	switch {
	case !d.textNUL:
		return yes
	case len(rest) > 0:
		return priAt(rest)
	case d.readErr == nil && d.waiting != nil && d.waiting():
		return open
	}
	return yes
}

// take consumes a frame of n bytes and the bytes of its ender.
func (d *Deframer) take(n, ender int) []byte {
	frame := d.buf[d.start : d.start+n : d.start+n]
	d.start += n + ender
	d.kind, d.want, d.scanned, d.noRoom = undecided, 0, 0, false
	return frame
}

func (d *Deframer) tooLong(digits string, limit int) {
	p := d.unread()
	d.err = &FrameError{Digits: digits, Max: limit, Seen: bytes.Clone(p[:min(len(p), maxSeen)])}
}

// finish ends the stream of frames, and returns the rest of the last one.
func (d *Deframer) finish() ([]byte, error) {
	rest := d.unread()
	d.start = d.end
	if isNothing(rest) {
		rest = nil
	}
	switch {
	case d.err != nil:
	case d.readErr != io.EOF:
		d.err = d.readErr
	case d.kind == counted || d.pass > 0 || d.shown == OctetCounting && d.kind == undecided && len(rest) > 0:
		d.err = io.ErrUnexpectedEOF
	default:
		d.err = io.EOF
		if len(rest) > 0 {
			return rest, nil
		}
	}
	return rest, d.err
}
