package files

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/fault"
	"httpd-syslog/forwarder/record"
)

// notes are the files that were opened since a record that does not name them: a line of JSON each. They
// are on the disk before anything is written to the files.
type notes struct {
	path string
	sync bool
	n    uint64 // of the record
	f    *os.File
	any  bool // there are some of this record
}

// note is a file, as it was when it was opened.
type note struct {
	N     uint64 `json:"n"` // of the record
	Name  string `json:"name"`
	Size  int64  `json:"s"`
	Inode uint64 `json:"i"`
}

// add notes files.
func (s *notes) add(files []*File) error {
	if len(files) == 0 {
		return nil
	}
	if err := s.open(); err != nil {
		return err
	}
	b := bytes.NewBufferString("\n") // a write that failed may have left a part of a note
	for _, f := range files {
		line, err := json.Marshal(note{s.n, f.Name, f.size, f.inode})
		if err != nil {
			return err
		}
		b.Write(append(line, '\n'))
	}
	s.any = true
	fault.Point("collect.note.before")
	_, err := s.f.Write(b.Bytes()) // a part of a note, after an error, is none
	if err == nil && s.sync {
		err = unix.Fdatasync(int(s.f.Fd()))
	}
	fault.Point("collect.note.after")
	if err != nil {
		return err
	}
	for _, f := range files {
		f.noted = true
	}
	return nil
}

func (s *notes) open() (err error) {
	if s.f != nil {
		return nil
	}
	if s.f, err = os.OpenFile(s.path, os.O_CREATE|os.O_WRONLY|os.O_APPEND|unix.O_NOFOLLOW, 0o640); err != nil {
		s.f = nil
		return err
	}
	if s.sync {
		err = record.SyncDir(filepath.Dir(s.path))
	}
	if err != nil {
		s.close()
	}
	return err
}

func (s *notes) close() {
	if s.f != nil {
		_ = s.f.Close() // what matters was synced
		s.f = nil
	}
}

// begin begins the notes of a record: those from before are for another one.
func (s *notes) begin() {
	if s.any && s.open() == nil && s.f.Truncate(0) == nil {
		s.any = false
	}
}

// read reads the notes of a record; those of another one, and a part of one, do not count.
func (s *notes) read(n uint64) (all []note, err error) {
	f, err := os.OpenFile(s.path, os.O_RDONLY|unix.O_NOFOLLOW, 0)
	if err != nil {
		return nil, ignoreMissing(err)
	}
	defer f.Close()
	s.any = true
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		var one note
		if json.Unmarshal(lines.Bytes(), &one) == nil && one.N == n {
			all = append(all, one)
		}
	}
	return all, lines.Err()
}
