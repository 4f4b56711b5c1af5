package frame

import (
	"bytes"
	"io"
	"strings"
)

const maxFrame = HeaderSize + MaxPayload

// Find returns the offset of the first whole frame at or after from, or
// size if there is none. Where the file is growing, a frame that goes beyond
// size counts too: it may be in flight.
func Find(f io.ReaderAt, from, size int64, growing bool) (int64, error) {
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
	var f Frame
	for ; ; at++ {
		i := bytes.Index(b[at:], []byte(magic))
		if i < 0 {
			return scanEnd(b, last, growing)
		}
		at += i
		switch _, err := f.Parse(b[at:]); {
		case err == nil, err == ErrPart && last && growing:
			return at, true
		case err == ErrPart && !last:
			return at, false
		}
	}
}

// scanEnd looks for the first bytes of a frame at the end of b.
func scanEnd(b []byte, last, growing bool) (at int, found bool) {
	if last && !growing {
		return len(b), false
	}
	for at = max(0, len(b)-len(magic)+1); at < len(b); at++ {
		if strings.HasPrefix(magic, string(b[at:])) {
			return at, last
		}
	}
	return len(b), false
}
