package lists

import (
	"bytes"
	"crypto/sha256"
	"hash"

	"httpd-syslog/forwarder/seal"
	"httpd-syslog/forwarder/verify/archive"
)

// summer computes the sums of pieces, which may overlap, as a file is read.
type summer struct {
	pieces []piece // in the order in which they begin
	bad    func(p piece, line, until int64)
	good   int64 // bytes of pieces that are as they were sealed

	next   int // of pieces: the first that has not begun
	active []running
	line   int64 // before the offset that is read: LFs
}

// running is a piece that has begun.
type running struct {
	piece
	line int64
	sum  hash.Hash
}

var newline = []byte{'\n'}

func (s *summer) block(b archive.Block) error {
	at, data := b.Offset, b.Data
	s.line = b.Line - 1
	for len(data) > 0 {
		for s.next < len(s.pieces) && s.pieces[s.next].from <= at {
			s.active = append(s.active, running{s.pieces[s.next], s.line + 1, sha256.New()})
			s.next++
		}
		n := s.until(at, int64(len(data)))
		for i := range s.active {
			_, _ = s.active[i].sum.Write(data[:n]) // never fails
		}
		s.line += int64(bytes.Count(data[:n], newline))
		at, data = at+n, data[n:]
		s.finish(at)
	}
	return nil
}

// end ends the pieces that end behind the last LF, in a file of that size: the line that they end in has none. All that is
// sealed has ended with one.
func (s *summer) end(size int64) {
	for _, p := range s.pieces[s.next:] {
		s.active = append(s.active, running{piece: p, line: s.line + 1})
	}
	for _, r := range s.active {
		if r.to <= size {
			s.bad(r.piece, r.line, s.line+1)
		}
	}
}

// until is how many of the bytes that follow belong to the same pieces.
func (s *summer) until(at, n int64) int64 {
	if s.next < len(s.pieces) {
		n = min(n, s.pieces[s.next].from-at)
	}
	for i := range s.active {
		n = min(n, s.active[i].to-at)
	}
	return n
}

// finish ends the pieces that end there.
func (s *summer) finish(at int64) {
	left := s.active[:0]
	for _, r := range s.active {
		switch {
		case r.to > at:
			left = append(left, r)
		case seal.Sum(r.sum.Sum(nil)) == r.piece.sum:
			s.good += r.to - r.from
		default:
			s.bad(r.piece, r.line, s.line)
		}
	}
	s.active = left
}
