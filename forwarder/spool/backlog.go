package spool

import (
	"io"
	"os"

	"httpd-syslog/forwarder/spool/frame"
)

// Behind counts the lines, without events, that a consumer at those positions has
// not read, in the files that of is true for; nil: in all.
func (c *Catalog) Behind(at Positions, of func(frame.FileID) bool) (lines uint64) {
	for _, f := range c.Files() {
		if of != nil && !of(f.ID) {
			continue
		}
		n, _ := f.Numbers(at[f.ID], func(uint64, uint64, bool) {})
		lines += n
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
	return f.Frames(from, func(to int64, head []byte) bool { return each(to, frame.LinesIn(head)) })
}

// Numbers goes through the frames of the file from a position on, and calls each with the numbers that
// a frame has there, first and last. It returns how many lines there are, without events, and the offset
// behind the last frame.
func (f *File) Numbers(from Position, each func(first, last uint64, event bool)) (lines uint64, end int64) {
	end, had := from.Offset, uint64(from.Lines)
	_ = f.Frames(from.Offset, func(to int64, head []byte) bool { // what can be counted
		first, last, event := frame.Numbers(head)
		first += min(had, last+1-first)
		if end, had = to, 0; first > last {
			return true
		}
		if !event {
			lines += last + 1 - first
		}
		each(first, last, event)
		return true
	})
	return lines, end
}

// scanWindow is how much is read at once: some small frames, and not much more than the
// header of a large one.
const scanWindow = 8 << 10

// Frames goes through the frames of the file from an offset on, 0 being its start, and calls each
// with the end and the header of one, until that returns false. It ends without an error at the first
// frame that is not whole. What the headers say is not checked: see package frame.
func (f *File) Frames(from int64, each func(to int64, head []byte) bool) error {
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
		if len(window) < frame.HeaderSize {
			n, err := h.ReadAt(buf, from)
			if err != nil && err != io.EOF {
				return err
			}
			window = buf[:n]
		}
		length, err := frame.Len(window)
		if err != nil || from+int64(length) > st.Size() {
			return nil
		}
		from += int64(length)
		if !each(from, window[:frame.HeaderSize]) {
			return nil
		}
		window = window[min(length, len(window)):]
	}
}

// Header reads the file's header. frame.ErrShortHeader: it is not all there.
func (f *File) Header() (frame.FileHeader, error) {
	h, err := os.Open(f.Path)
	if err != nil {
		return frame.FileHeader{}, err
	}
	defer h.Close()
	head, _, err := readHeader(h)
	return head, err
}

func readHeader(h *os.File) (frame.FileHeader, int, error) {
	buf := make([]byte, frame.MaxFileHeader)
	n, err := h.ReadAt(buf, 0)
	if err != nil && err != io.EOF {
		return frame.FileHeader{}, 0, err
	}
	return frame.ParseFileHeader(buf[:n])
}
