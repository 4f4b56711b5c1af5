package cardnumber

import (
	"bytes"
	"math/bits"
)

// pieceSize is about how many bytes are looked at together: they are in the processor's first cache
// then, whatever is done with them.
const pieceSize = 4 << 10

// endOfPiece is where a piece of b ends: behind a line's end, if there is one.
func endOfPiece(b []byte) int {
	if len(b) <= pieceSize {
		return len(b)
	}
	if n := bytes.LastIndexByte(b[:pieceSize], '\n'); n >= 0 {
		return n + 1
	}
	if n := bytes.IndexByte(b[pieceSize:], '\n'); n >= 0 {
		return pieceSize + n + 1
	}
	return len(b)
}

// piece is some lines, with a mask of their digits.
type piece struct {
	b      []byte
	begin  int                      // of the bytes that digits is of
	digits [pieceSize/64 + 2]uint64 // a bit for each byte; the last word stays 0
}

// covered is how many bytes the mask covers at most.
const covered = pieceSize

// look makes the mask of the bytes from begin on, and reports whether "cv" is among those that it
// covers. begin is a multiple of covered.
func (p *piece) look(begin int) (cv bool) {
	p.begin = begin
	rest := p.b[begin:min(len(p.b), begin+covered+1)]
	blocks := max(0, len(rest)-1) / 64
	if blocks > 0 {
		cv = masks(&rest[0], blocks, &p.digits[0])
	}
	p.digits[blocks], p.digits[blocks+1] = 0, 0
	if rest = rest[64*blocks:]; len(rest) > 0 && blocks < covered/64 {
		var last [80]byte
		copy(last[:], rest)
		cv = masks(&last[0], 1, &p.digits[blocks]) || cv
	}
	return cv
}

// reach is how far before a place one must look to see that something ends there that may be a number
// or its beginning.
const reach = 16

// window64 are the bits of the bytes from i on; i may be up to reach before what the mask covers.
func (p *piece) window64(i int) uint64 {
	if i -= p.begin; i < 0 {
		return p.digits[0] << -i
	}
	word, bit := uint(i)/64, uint(i)%64
	return p.digits[word]>>bit | p.digits[word+1]<<(64-bit)
}

// candidate returns where in b[from:] a run of digits begins that may be a number or its first
// group: it has 13 digits, or it has four and another run of four begins at most eight bytes
// behind it. b[from-1] is no digit. -1: there is none.
func (p *piece) candidate(from int) int {
	const step = 64 - reach
	for i := from; i < len(p.b); i += step {
		if i+step > p.begin+covered && p.begin+covered < len(p.b) {
			p.look(max(0, i-reach))
		}
		digit := p.window64(i - reach)
		if i == from {
			digit = digit >> reach << reach
		}
		four := digit & (digit << 1)
		four &= four << 2 // the fourth of four digits, or a later one
		if four == 0 {
			continue
		}
		begun := four &^ (four << 1)
		near := four << 1 &^ digit // the first byte behind a run of four or more, and then up to 8 bytes
		near |= near << 1
		near |= near << 2
		near |= near << 4
		long := four & (four << 4)
		long &= four << 8 & (digit << 12)
		if hit := (begun&(near<<4) | long) >> reach << reach; hit != 0 {
			at := i - reach + bits.TrailingZeros64(hit)
			if hit&-hit&long != 0 {
				return at - (shortest - 1)
			}
			return firstOfPair(p.b, from, at-3)
		}
	}
	return -1
}

// firstOfPair returns where the run of four or more begins that has ended before second, and not
// before from.
func firstOfPair(b []byte, from, second int) int {
	for end := second - 1; end > from; end-- {
		begin := end
		for begin > from && isDigit(b[begin-1]) {
			begin--
		}
		if end-begin >= 4 && !isDigit(b[end]) {
			return begin
		}
	}
	return second
}

// forget takes b[from:to] for no digits from now on: they were masked, before candidate came to them.
func (p *piece) forget(from, to int) {
	for i := max(from-p.begin, 0); i < min(to-p.begin, covered); i++ {
		p.digits[i/64] &^= 1 << (i % 64)
	}
}

func isDigit(c byte) bool { return c-'0' <= 9 }
