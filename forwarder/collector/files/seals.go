package files

import (
	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/collector/place"
)

// Grown reports whether there may be something that is not sealed.
func (s *Set) Grown() bool { return s.grown }

// Unsealed is how many files have something that is not sealed, and how many bytes. Files whose lines go elsewhere are told of as such.
func (s *Set) Unsealed() (n int, bytes int64) {
	for _, f := range s.byName {
		if !f.behind && f.sealed < f.size {
			n, bytes = n+1, bytes+f.size-f.sealed
		}
	}
	return n, bytes
}

// Piece is what a file has got since it was sealed last.
type Piece struct {
	Name     string
	Inode    uint64
	From, To int64
}

// mostOfOne is how many bytes of a file are a piece at most.
const mostOfOne = 64 << 20

// ToSeal are pieces that are not sealed, of that many bytes at most; the others come with the next call. All of it
// is recorded: it is to be called behind Secured, and before anything is written.
func (s *Set) ToSeal(most int64) (pieces []Piece) {
	s.grown = false
	for _, f := range s.byName {
		if !f.noted || f.behind || f.sealed >= f.size {
			continue
		}
		p := Piece{f.Name, f.inode, f.sealed, min(f.size, f.sealed+mostOfOne)}
		if most -= p.To - p.From; most < 0 && len(pieces) > 0 {
			s.grown = true
			break
		}
		s.grown = s.grown || p.To < f.size
		pieces = append(pieces, p)
	}
	return pieces
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

// waits reports whether a file whose day is over waits for its seal.
func (s *Set) waits(f *File, first place.Day) bool {
	return s.o.Seals && f.noted && f.sealed < f.size && f.Day >= first-1
}
