package files

import (
	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/collector/place"
)

// Grown reports whether there may be something that is not sealed.
func (s *Set) Grown() bool { return s.grown }

// Unsealed is how many files have something that is not sealed, and how many bytes. Files that were looked at and not
// written to do not count, nor do those that are to be cut back, which are told of as files whose lines go elsewhere.
func (s *Set) Unsealed() (n int, bytes int64) {
	for _, f := range s.byName {
		if f.noted && !f.behind && f.sealed < f.size {
			n, bytes = n+1, bytes+f.size-f.sealed
		}
	}
	return n, bytes
}

// Piece is what a file has got since it was sealed last, or a part of that.
type Piece struct {
	Name     string
	Inode    uint64
	From, To int64
}

// MostOfPiece is how many bytes a piece has at most.
const MostOfPiece = 16 << 20

// ToSeal are pieces that are not sealed, of that many bytes at most, those of a file in their order; more: others come
// with the next call. All of it is recorded: it is to be called behind Secured, and before anything is written. What is
// written from then on changes nothing about these pieces.
func (s *Set) ToSeal(most int64) (pieces []Piece, more bool) {
	s.grown = false
	for _, f := range s.byName {
		if !f.noted || f.behind {
			continue
		}
		f.given = true
		for from := f.sealed; from < f.size && most > 0; {
			to := min(f.size, from+MostOfPiece)
			pieces = append(pieces, Piece{f.Name, f.inode, from, to})
			most -= to - from
			from = to
		}
		if most <= 0 {
			s.grown = true // perhaps
			return pieces, true
		}
	}
	return pieces, false
}

// IsStill reports whether a piece is of the file that has its name now. One that was emptied and is written to again is
// another file, though it has the same inode.
func (s *Set) IsStill(p *Piece) bool {
	f := s.byName[p.Name]
	return f != nil && f.given && f.inode == p.Inode
}

// TakeSealed tells that pieces are in a list of seals; the next record has it.
func (s *Set) TakeSealed(pieces []Piece) {
	for _, p := range pieces {
		if s.IsStill(&p) && s.byName[p.Name].sealed == p.From {
			s.Sealed(p.Name, p.To)
		}
	}
}

// Sealed tells that a file is in a list of seals, up to an offset; the next record has it. The list may know more
// of the file than there is.
func (s *Set) Sealed(name string, to int64) {
	if f := s.byName[name]; f != nil && f.noted && f.sealed < min(to, f.size) {
		f.sealed, f.listed = min(to, f.size), true
	}
}

// Replaced tells that a file, which is not being written, is gone, cut or another one. What stands in its place is not
// sealed.
func (s *Set) Replaced(name string) {
	f := s.byName[name]
	if f == nil {
		return
	}
	s.o.Gone(name)
	s.close(f)
	s.drop(f)
	var st unix.Stat_t
	if unix.Lstat(s.o.Dir+"/"+name, &st) != nil || st.Mode&unix.S_IFMT != unix.S_IFREG {
		s.forget(f)
		return
	}
	f.renew(&st)
}

// NotSealed tells that pieces could not be sealed: they are given again.
func (s *Set) NotSealed() { s.grown = true }

// waits reports whether a file whose day is over waits for its seal: until another day is over. However many days a
// clock has gone ahead, or nobody was there, there is a time for the seal between two of them.
func (s *Set) waits(f *File) bool {
	return s.o.Seals && f.noted && f.sealed < f.size && f.Day >= s.former
}

// beginDay notes the first day whose files may still be written to.
func (s *Set) beginDay(first place.Day) {
	if first != s.first {
		s.former, s.first = s.first, first
	}
}
