package files

import (
	"errors"

	"httpd-syslog/forwarder/collector/place"
	"httpd-syslog/forwarder/collector/varint"
	"httpd-syslog/forwarder/cursor"
)

// sizesFormat is the version of what AppendSizes writes.
const sizesFormat = 2

// AppendSizes appends the sizes of the files, for a record: of all, or, unless whole, of those that have
// changed since the last Recorded. Files of days before first, to which nothing was written since, are let go.
func (s *Set) AppendSizes(dst []byte, first place.Day, whole bool) []byte {
	s.beginDay(first)
	var some []*File
	for _, f := range s.byName {
		switch {
		case f.Day < first && !f.fresh && len(f.text) == 0 && !f.behind && !s.waits(f):
			s.close(f)
			s.drop(f)
			s.forget(f)
		case f.fresh || f.listed || f.noted && (whole || !f.kept):
			some = append(some, f)
		}
	}
	w := varint.Encoder{B: dst}
	w.Uint(sizesFormat)
	w.Bool(whole)
	w.Uint(uint64(len(s.gone)))
	for _, name := range s.gone {
		w.Text(name)
	}
	w.Uint(uint64(len(some)))
	for _, f := range some {
		w.Text(f.Name)
		w.Int(f.size)
		w.Uint(f.inode)
		w.Int(f.sealed)
	}
	return w.B
}

// drop has the next record not name a file.
func (s *Set) drop(f *File) {
	if f.kept {
		s.gone = append(s.gone, f.Name)
		f.kept = false
	}
}

// ErrSizes: what was to be read is not what AppendSizes writes.
var ErrSizes = errors.New("the sizes of a collector's files cannot be read")

// LoadSizes is the reverse of AppendSizes: of one that is whole, and then of those with changes, in order.
func LoadSizes(sizes map[string]cursor.CollectedFile, from []byte) error {
	r := varint.Decoder{B: from}
	if r.Uint() != sizesFormat {
		return ErrSizes
	}
	if whole := r.Bool(); whole {
		clear(sizes)
	}
	for n := r.Uint(); n > 0 && !r.Bad; n-- {
		delete(sizes, r.Text())
	}
	for n := r.Uint(); n > 0 && !r.Bad; n-- {
		name := r.Text()
		sizes[name] = cursor.CollectedFile{Size: r.Int(), Inode: r.Uint(), Sealed: r.Int()}
	}
	if !r.Ends() {
		return ErrSizes
	}
	return nil
}
