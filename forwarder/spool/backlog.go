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
		_ = f.scan(at[f.ID].Offset, func(_ int64, n int) { lines += uint64(n) }) // what can be counted
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
		_ = f.scan(0, func(to int64, _ int) { end = to })
		ends[f.ID] = Position{Offset: end}
	}
	return ends
}

// scan goes through the frame headers of the file from an offset on, 0 being
// its start, and calls each with the end and the lines of a frame.
func (f *File) scan(from int64, each func(to int64, lines int)) error {
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
		buf := make([]byte, maxHeader)
		n, err := h.ReadAt(buf, 0)
		if err != nil && err != io.EOF {
			return err
		}
		_, length, err := parseHeader(buf[:n])
		if err != nil {
			return err
		}
		from = int64(length)
	}
	head := make([]byte, FrameHeader)
	for {
		n, err := h.ReadAt(head, from)
		if err != nil && err != io.EOF {
			return err
		}
		length, err := frameLen(head[:n])
		if err != nil || from+int64(length) > st.Size() {
			return nil
		}
		from += int64(length)
		each(from, frameLines(head))
	}
}
