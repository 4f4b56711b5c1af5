package ledger

import (
	"cmp"
	"slices"
	"sync/atomic"
	"time"

	"httpd-syslog/forwarder/seal"
)

// Piece is what one seal vouches for: a run of a writer's lines.
type Piece struct {
	Host   *Host
	Row    Row
	ProcID string
	Span
	Lines    uint64 // that have a text
	Sum      seal.Sum
	Chain    string
	N        uint64
	From, To int64 // when the first and the last came in, in microseconds since 1970

	// Looks counts how often lines of the piece were begun to be read in order, and Good how often
	// that ended with the seal's sum.
	Looks, Good atomic.Int32
	// Overlaps says that another seal is about some of the same numbers.
	Overlaps bool
	// Checked says that its lines are as they were sealed.
	Checked bool
}

// Whole reports whether all lines that were found of the piece were in order, and as they were sealed.
func (p *Piece) Whole() bool { return p.Good.Load() > 0 && p.Good.Load() == p.Looks.Load() }

// Name names the piece's seal, for people.
func (p *Piece) Name() string { return sealName(p.N, p.Chain) }

// In reports whether the piece has something of the time between from and to; zero: without a limit.
func (p *Piece) In(from, to time.Time) bool {
	return (from.IsZero() || p.To >= from.UnixMicro()) && (to.IsZero() || p.From <= to.UnixMicro())
}

// Pieces are those of a row. When they are in order no two have a number in common.
type Pieces []*Piece

// normal brings pieces into order. Of those that overlap the one that was sealed first stays.
func (p Pieces) normal() Pieces {
	slices.SortFunc(p, func(a, b *Piece) int { return cmp.Or(cmp.Compare(a.First, b.First), cmp.Compare(a.N, b.N)) })
	n := 0
	for _, next := range p {
		if n > 0 && next.First <= p[n-1].Last {
			p[n-1].Overlaps = true
			continue
		}
		p[n] = next
		n++
	}
	return p[:n]
}

// Find is the piece that has a number; nil: none has.
func (p Pieces) Find(n uint64) (int, *Piece) {
	i, _ := slices.BinarySearchFunc(p, n, func(a *Piece, n uint64) int { return cmp.Compare(a.Last, n) })
	if i < len(p) && p[i].First <= n {
		return i, p[i]
	}
	return i, nil
}

// FileKey names a file of the local log: after a rotation another one has the name.
type FileKey struct {
	File, Chain string
	Since       uint64
}

// File is what seals say of a file's bytes.
type File struct {
	FileKey
	Pieces []FilePiece // in the order of their bytes, when the ledger is finished
}

// FilePiece is what one seal vouches for: a run of bytes.
type FilePiece struct {
	Begin, End int64
	Sum        seal.Sum
	N          uint64
}

// Name names a piece's seal, for people.
func (f *File) Name(p *FilePiece) string { return sealName(p.N, f.Chain) }

// finish brings the pieces into order.
func (f *File) finish() {
	slices.SortFunc(f.Pieces, func(a, b FilePiece) int { return cmp.Or(cmp.Compare(a.Begin, b.Begin), cmp.Compare(a.N, b.N)) })
	f.Pieces = slices.Compact(f.Pieces)
}

func (l *Ledger) addFile(s *seal.Seal) {
	key := FileKey{s.File.File, s.Chain, s.File.Since}
	f := l.Files[key]
	if f == nil {
		f = &File{FileKey: key}
		l.Files[key] = f
	}
	f.Pieces = append(f.Pieces, FilePiece{s.File.Begin, s.File.End, s.File.Sum, s.N})
}
