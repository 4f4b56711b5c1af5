package files

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/collector/index"
	"httpd-syslog/forwarder/collector/place"
	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/fault"
	"httpd-syslog/forwarder/verify/ledger"
)

// File is a file of a collector.
type File struct {
	Name  string // its path below the directory
	Day   place.Day
	f     *os.File // nil: it is not open
	inode uint64
	size  int64 // of what it has
	used  uint64
	index *index.Index // nil: nobody has asked, and nothing was written by this process
	text  []byte       // to be written
	noted bool         // a record or a note names it
	fresh bool         // written to since the last record
	kept  bool         // the last record names it

	sealed int64 // up to where it is in lists of seals
	listed bool  // that has changed since the last record
	given  bool  // pieces of it were given to be sealed, and it is the same file since

	away   bool // its lines go elsewhere
	behind bool // it may have more than size, which is what was recorded, and is to be cut back before it is written
	torn   bool // it has the beginning of a write that failed behind size
}

// recorded is the file as a record has it.
func (f *File) recorded() cursor.CollectedFile {
	return cursor.CollectedFile{Size: f.size, Inode: f.inode, Sealed: f.sealed}
}

// Add puts a line, with its LF, behind what is to be written.
func (s *Set) Add(f *File, line []byte) { s.add(s.at(f), line) }

func (s *Set) add(f *File, line []byte) {
	if len(f.text) == 0 {
		s.batch = append(s.batch, f)
	}
	if len(f.text)+len(line) > cap(f.text) {
		f.text = s.buffers.larger(f.text)
	}
	f.text = append(f.text, line...)
	s.waiting += len(line)
	s.largest = max(s.largest, len(f.text))
}

// AddNumbered is Add for a line with a number of a row.
func (s *Set) AddNumbered(f *File, key ledger.Row, n uint64, line []byte) {
	f = s.at(f)
	if f.index == nil {
		f.index = index.New(f.size, &s.runs)
	}
	at := f.size + int64(len(f.text))
	f.index.Add(key, n, at, at+int64(len(line)))
	s.add(f, line)
}

// write appends the file's lines. After an error none of them is there, or the next write takes it away first.
func (f *File) write() error {
	if len(f.text) == 0 {
		return nil // its lines went elsewhere
	}
	if err := f.mend(); err != nil {
		return err
	}
	fault.Point("collect.write.before")
	err := fault.Error("collect.write")
	n := 0
	if err == nil {
		n, err = f.f.Write(f.text)
	}
	fault.Point("collect.write.after")
	if err == nil {
		f.size += int64(n)
		return nil
	}
	f.torn = n > 0
	return errors.Join(err, f.mend())
}

// mend takes away what a write that failed has left.
func (f *File) mend() error {
	if !f.torn {
		return nil
	}
	err := f.f.Truncate(f.size)
	f.torn = err != nil
	return err
}

// isThere reports whether the open file is still the one of its name.
func (f *File) isThere() bool {
	var open, named unix.Stat_t
	return unix.Fstat(int(f.f.Fd()), &open) == nil && unix.Lstat(f.f.Name(), &named) == nil && open.Ino == named.Ino && open.Dev == named.Dev
}
