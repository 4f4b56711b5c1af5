package files

import (
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"os"

	"httpd-syslog/forwarder/collector/place"
	"httpd-syslog/forwarder/cursor"
)

// OpenPacked opens a file that was packed, without following links, to read what it held.
func OpenPacked(dir, name string) (io.ReadCloser, error) {
	f, err := Open(dir, name+place.Packed, os.O_RDONLY, 0)
	if err != nil {
		return nil, err
	}
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return packed{z, f}, nil
}

type packed struct {
	*gzip.Reader
	f *os.File
}

func (p packed) Close() error { return p.f.Close() }

// FindPacked finds those files of a record that were packed since, and reports whether one of them held more than is
// recorded. Files are packed when no record names them any more: the record is an older one. Recover comes later.
func (s *Set) FindPacked(c *cursor.Collected) (more bool) {
	s.packed = make(map[string]int64)
	for name, f := range c.Files {
		if _, err := os.Lstat(c.Dir + "/" + name); !errors.Is(err, fs.ErrNotExist) {
			continue
		}
		r, err := OpenPacked(c.Dir, name)
		if err != nil {
			continue
		}
		size, err := io.Copy(io.Discard, r)
		if r.Close(); err == nil {
			s.packed[name] = size
			more = more || size > f.Size
		}
	}
	return more
}

// recoverMissing takes it that a file is not there; it may have been packed.
func (s *Set) recoverMissing(name string, want int64, r *Recovered) {
	size := s.packed[name]
	if size < want {
		r.Short[name] = want - size
	}
	if size > want {
		r.Kept++
	}
}
