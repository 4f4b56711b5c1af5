package spool

import (
	"encoding/binary"
	"errors"
	"os"
)

// CountLines counts the lines in whole frames; events are none.
func CountLines(frames []byte) (lines uint64) {
	for {
		n, err := frameLen(frames)
		if err != nil || n > len(frames) {
			return lines
		}
		lines += uint64(frameLines(frames))
		frames = frames[n:]
	}
}

// frameLines is the number of lines that a frame's header gives; an event is none.
func frameLines(b []byte) int {
	if kindOf(b) == Event {
		return 0
	}
	return int(binary.LittleEndian.Uint32(b[12:]))
}

// framePayload is the length of the payload alone that a frame's header gives.
func framePayload(b []byte) int {
	origin, padding := besides(b)
	return int(binary.LittleEndian.Uint32(b[8:])) - origin - padding
}

// SyncWriter puts what one writer has written to dir on the disk (fdatasync).
// It may be called while the writer writes.
func SyncWriter(dir string, w WriterID) error {
	c := NewCatalog(dir)
	files, err := c.list()
	for _, f := range files {
		if f.ID.Writer == w {
			err = errors.Join(err, f.Sync())
		}
	}
	return err
}

// MoveTo makes the writer go on in another directory, after what its files in
// the present one hold: that is written again in the new one, with the same
// numbers, and the old files are removed. After an error the writer goes on in
// the new directory; what could not be moved is where it was.
func (w *Writer) MoveTo(dir string) error {
	w.retire()
	old := NewCatalog(w.o.Dir)
	w.o.Dir = dir
	if err := old.Refresh(); err != nil {
		return err
	}
	r := NewReader(old, nil, func(h *Header) bool { return h.File.Writer == w.id })
	defer r.Close()
	var b []byte
	for {
		f, err := r.Next()
		if err != nil {
			return err
		}
		if f == nil {
			return nil
		}
		if f.First == 0 { // its end
			if err := os.Remove(f.File.Path); err != nil {
				return err
			}
			continue
		}
		b = append(append(b[:0], make([]byte, FrameHeader)...), f.Payload...)
		f.Seal(b)
		if _, err := w.Write(b); err != nil {
			return err
		}
	}
}
