package syslogfmt

import "io"

// fill reads once more into the buffer, after making room. The frames cutFrame leaves there are
// never longer than the limit and a prefix, so there is always room to make, unless d.grow says no.
func (d *Deframer) fill() {
	switch {
	case d.buf == nil:
		d.buf = make([]byte, d.first)
	case d.start == d.end:
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

// shrink frees the part of the buffer that only a long frame needed.
func (d *Deframer) shrink() {
	if d.grow != nil && len(d.buf) > d.first {
		d.grow(d.first)
		d.buf = make([]byte, d.first)
	}
}
