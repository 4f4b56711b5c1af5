package spool

import (
	"io"
	"os"
)

// Behind counts the lines, without events, that a consumer at those positions has
// not read, in the files that of is true for; nil: in all.
func (c *Catalog) Behind(at Positions, of func(FileID) bool) (lines uint64) {
	for _, f := range c.Files() {
		if of != nil && !of(f.ID) {
			continue
		}
		_ = f.scan(at[f.ID].Offset, func(_ int64, n int) bool { lines += uint64(n); return true }) // what can be counted
		lines -= min(lines, uint64(at[f.ID].Lines))
	}
	return lines
}

// Prune drops the positions in files that are not in the catalog.
func (c *Catalog) Prune(p Positions) {
	files := c.Files()
	for id := range p {
		if _, ok := find(files, id); !ok {
			delete(p, id)
		}
	}
}

// Ends are the positions behind all frames that are now in the spool.
func (c *Catalog) Ends() Positions {
	ends := make(Positions)
	for _, f := range c.Files() {
		end := int64(0)
		_ = f.scan(0, func(to int64, _ int) bool { end = to; return true })
		ends[f.ID] = Position{Offset: end}
	}
	return ends
}

// scan goes through the frames of the file from an offset on, 0 being its start, and
// calls each with the end and the lines of one, until that returns false.
func (f *File) scan(from int64, each func(to int64, lines int) bool) error {
	return f.scanFrames(from, func(to int64, head []byte) bool { return each(to, frameLines(head)) })
}

// scanWindow is how much is read at once: some small frames, and not much more than the
// header of a large one.
const scanWindow = 8 << 10

// scanFrames is scan with the frames' headers.
func (f *File) scanFrames(from int64, each func(to int64, head []byte) bool) error {
	h, err := os.Open(f.Path)
	if err != nil {
		return err
	}
	defer h.Close()
	st, err := h.Stat()
	if err != nil {
		return err
	}
	if from == 0 {
		_, length, err := readHeader(h)
		if err != nil {
			return err
		}
		from = int64(length)
	}
	buf := make([]byte, scanWindow)
	var window []byte // what was read and is not done, from from on
	for {
		if len(window) < FrameHeader {
			n, err := h.ReadAt(buf, from)
			if err != nil && err != io.EOF {
				return err
			}
			window = buf[:n]
		}
		length, err := frameLen(window)
		if err != nil || from+int64(length) > st.Size() {
			return nil
		}
		from += int64(length)
		if !each(from, window[:FrameHeader]) {
			return nil
		}
		window = window[min(length, len(window)):]
	}
}

// header reads the file's header.
func (f *File) header() (Header, error) {
	h, err := os.Open(f.Path)
	if err != nil {
		return Header{}, err
	}
	defer h.Close()
	head, _, err := readHeader(h)
	return head, err
}

func readHeader(h *os.File) (Header, int, error) {
	buf := make([]byte, maxHeader)
	n, err := h.ReadAt(buf, 0)
	if err != nil && err != io.EOF {
		return Header{}, 0, err
	}
	return parseHeader(buf[:n])
}
