package spool

import (
	"errors"
	"os"

	"httpd-syslog/forwarder/spool/frame"
)

// SyncWriter puts what one writer has written to dir on the disk (fdatasync).
// It may be called while the writer writes.
func SyncWriter(dir string, w frame.WriterID) error {
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
	r := NewReader(old, nil, func(h *frame.FileHeader) bool { return h.File.Writer == w.id })
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
		b = append(append(b[:0], make([]byte, frame.HeaderSize)...), f.Payload...)
		f.Seal(b)
		if _, err := w.Write(b); err != nil {
			return err
		}
	}
}
