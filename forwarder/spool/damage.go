package spool

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

const maxFrame = FrameHeader + MaxPayload

// findFrame returns the offset of the first whole frame at or after from, or
// size if there is none. Where the file is growing, a frame that goes beyond
// size counts too: it may be in flight.
func findFrame(f io.ReaderAt, from, size int64, growing bool) (int64, error) {
	buf := make([]byte, max(0, min(size-from, 2*maxFrame)))
	for from < size {
		n, err := f.ReadAt(buf[:min(size-from, int64(len(buf)))], from)
		if err != nil && err != io.EOF {
			return 0, err
		}
		last := err == io.EOF || from+int64(n) >= size
		at, found := scan(buf[:n], last, growing)
		from += int64(at)
		if found || last {
			return from, nil
		}
	}
	return from, nil
}

// scan looks for a frame in b. If there is none, at is where to go on with more
// bytes, or, as these are the last, the end.
func scan(b []byte, last, growing bool) (at int, found bool) {
	var frame Frame
	for ; ; at++ {
		i := bytes.Index(b[at:], []byte(frameMagic))
		if i < 0 {
			return scanEnd(b, last, growing)
		}
		at += i
		switch _, err := frame.parse(b[at:]); {
		case err == nil, err == errPart && last && growing:
			return at, true
		case err == errPart && !last:
			return at, false
		}
	}
}

// scanEnd looks for the first bytes of a frame at the end of b.
func scanEnd(b []byte, last, growing bool) (at int, found bool) {
	if last && !growing {
		return len(b), false
	}
	for at = max(0, len(b)-len(frameMagic)+1); at < len(b); at++ {
		if strings.HasPrefix(frameMagic, string(b[at:])) {
			return at, last
		}
	}
	return len(b), false
}

// SetAside copies the bytes that a reader passed over to a file of their own in
// dir, for people to look at, and returns its path.
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
	_, err = io.Copy(out, io.NewSectionReader(salvage{in}, e.Offset, e.Length))
	if cerr := out.Close(); err == nil {
		err = cerr
	}
	return path, err
}
