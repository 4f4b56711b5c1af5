package spool

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/spool/frame"
)

// DamageError says that part of a file is not made of whole frames and was passed over.
type DamageError struct {
	Path           string
	File           frame.FileID      // its name
	Head           *frame.FileHeader // nil: what is damaged is the header, or before it
	Offset, Length int64
	Torn           bool // the end of a file, whose writer was stopped within a frame
	Err            error
	disk           *disk
}

func (e *DamageError) Error() string {
	return fmt.Sprintf("spool: %s: %d bytes %s at offset %d: %v", e.Path, e.Length, e.How(), e.Offset, e.Err)
}

// How says in a word what is wrong with the bytes.
func (e *DamageError) How() string {
	if e.Torn {
		return "torn"
	}
	return "damaged"
}

func (e *DamageError) Unwrap() error { return e.Err }

// Runs are the numbers in the headers of the frames that the bytes were: see [frame.Runs].
func (e *DamageError) Runs() []frame.Run {
	in, err := os.Open(e.Path)
	if err != nil {
		return nil
	}
	defer in.Close()
	return frame.Runs(salvage{e.disk, in}, e.Offset, e.Offset+e.Length)
}

// SetAside copies the bytes that a reader passed over to a file in dir, for people to look at, and returns its path.
func (e *DamageError) SetAside(dir string) (string, error) {
	in, err := os.Open(e.Path)
	if err != nil {
		return "", err
	}
	defer in.Close()
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return "", err
	}
	path := filepath.Join(dir, filepath.Base(e.Path)+"."+strconv.FormatInt(e.Offset, 10))
	out, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY|unix.O_NOFOLLOW, 0o640)
	if err != nil {
		return "", err
	}
	_, err = io.Copy(out, io.NewSectionReader(salvage{e.disk, in}, e.Offset, e.Length))
	if cerr := out.Close(); err == nil {
		err = cerr
	}
	return path, err
}
