package local

import (
	"context"
	"crypto/sha256"
	"maps"
	"slices"

	"httpd-syslog/forwarder/seal"
	"httpd-syslog/forwarder/verify/archive"
	"httpd-syslog/forwarder/verify/ledger"
)

// inherit finds out which seals go on in the file of others. They begin anew within a file when others have
// written to it, or cut it; and with another chain, when the state directory was lost or is an older copy.
func (l *Local) inherit(all []*sealedFile) []*sealedFile {
	firsts := make(map[ledger.FileKey]*sealedFile) // of a name, by the chain that another one came after
	for i, s := range all {
		if i > 0 && all[i-1].File.File == s.File.File && all[i-1].Chain == s.Chain {
			continue
		}
		if former := s.host.Begun[s.Chain]; former != "" {
			firsts[ledger.FileKey{File: s.File.File, Chain: former}] = s
		}
	}
	for i, s := range all {
		next := firsts[ledger.FileKey{File: s.File.File, Chain: s.Chain}]
		if i+1 < len(all) && all[i+1].File.File == s.File.File && all[i+1].Chain == s.Chain {
			next = all[i+1]
		}
		if s.rotated == nil && next != nil && next.Pieces[0].Begin > s.Pieces[0].Begin {
			s.heir = next
		}
	}
	return all
}

// assign finds the files that seals are of: by the event of their rotation, by name, by what is in them, or by
// the seals that go on there.
func (l *Local) assign(ctx context.Context, sealed []*sealedFile) {
	for _, s := range sealed {
		if s.rotated != nil {
			s.take(l.files[s.rotated.File])
		}
	}
	for _, s := range sealed {
		if f := l.files[s.File.File]; s.newest && s.file == nil && f.isFree(s) && l.begins(ctx, f, s.File) {
			s.take(f)
		}
	}
	for _, s := range sealed {
		if s.file == nil && s.rotated == nil {
			s.take(l.search(ctx, s))
		}
	}
	for _, s := range sealed { // altered from their begin on
		if f := l.files[s.File.File]; s.newest && s.file == nil && s.heir == nil && f != nil && len(f.takers) == 0 {
			s.take(f)
		}
	}
	for _, s := range sealed {
		if s.file == nil && s.rotated == nil {
			s.join()
		}
	}
}

// isFree reports whether seals may be of a file: each chain has one row of seals for a file. An older copy of a
// state directory makes other seals of what has some.
func (f *file) isFree(s *sealedFile) bool {
	return f != nil && !slices.ContainsFunc(f.takers, func(t *sealedFile) bool { return t.Chain == s.Chain })
}

func (s *sealedFile) take(f *file) {
	if f.isFree(s) {
		s.file, f.takers = f, append(f.takers, s)
	}
}

// join takes the file in which others go on.
func (s *sealedFile) join() {
	last := s
	for last.file == nil && last.heir != nil {
		last = last.heir
	}
	if last != s && last.file != nil {
		s.file, last.file.takers = last.file, append(last.file.takers, s)
	}
}

// search looks for a rotated file by its first piece; nil: none has it.
func (l *Local) search(ctx context.Context, s *sealedFile) *file {
	for _, name := range slices.Sorted(maps.Keys(l.files)) {
		if f := l.files[name]; f.isFree(s) && f.log == s.File.File && l.begins(ctx, f, s.File) {
			return f
		}
	}
	return nil
}

// isRemoved reports whether an event says that the file was removed in its time.
func (s *sealedFile) isRemoved() bool {
	for ; s != nil; s = s.heir {
		if s.rotated != nil && s.host.Removed(s.rotated.File) {
			return true
		}
	}
	return false
}

// reaches reports whether other seals of the file go beyond a place.
func (s *sealedFile) reaches(end int64) bool {
	return s.heir != nil || slices.ContainsFunc(s.file.takers, func(t *sealedFile) bool {
		return t != s && t.Pieces[len(t.Pieces)-1].End > end
	})
}

// isCounted reports whether a piece has bytes of those of other seals, whose lines are counted.
func (s *sealedFile) isCounted(p *ledger.FilePiece) bool {
	for _, t := range s.file.takers {
		if t == s {
			break
		}
		if t.Pieces[0].Begin < p.End && p.Begin < t.Pieces[len(t.Pieces)-1].End {
			return true
		}
	}
	return false
}

// begins reports whether a file has the first sealed piece.
func (l *Local) begins(ctx context.Context, f *file, sealed *ledger.File) bool {
	p := sealed.Pieces[0]
	sum := sha256.New()
	err := archive.ReadRange(ctx, f.path, p.Begin, p.End, func(b []byte) error {
		_, err := sum.Write(b)
		return err
	})
	return err == nil && seal.Sum(sum.Sum(nil)) == p.Sum
}
