package index

import (
	"bytes"
	"io"
)

// Bytes that are read at once: few at first, since repeats come in order.
const firstWindow, window = 4 << 10, 128 << 10

// lines calls each with the lines between two offsets, without their LF, until that returns false. A part
// of a line at the end is none.
func lines(file io.ReaderAt, from, to int64, each func(off int64, line []byte) bool) error {
	buf := make([]byte, 0, min(firstWindow, max(to-from, 0)))
	started := false
	for from < to {
		have := len(buf)
		if have == cap(buf) || cap(buf) < window && started {
			buf = append(make([]byte, 0, 2*cap(buf)), buf...)
		}
		started = true
		more := min(int64(cap(buf)-have), to-from-int64(have))
		n, err := file.ReadAt(buf[have:have+int(more)], from+int64(have))
		if err != nil && err != io.EOF {
			return err
		}
		buf = buf[:have+n]
		rest := buf
		for {
			i := bytes.IndexByte(rest, '\n')
			if i < 0 {
				break
			}
			if !each(from, rest[:i]) {
				return nil
			}
			from += int64(i) + 1
			rest = rest[i+1:]
		}
		if n == 0 {
			return nil
		}
		buf = buf[:copy(buf, rest)]
	}
	return nil
}
