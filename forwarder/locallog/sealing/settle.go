package sealing

import (
	"io"
	"os"

	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/rotate"
)

// Settle takes the piece to how the file was found that a record has at that position. strange: it has lines
// of others behind that.
func (f *File) Settle(recorded rotate.Position, found rotate.Recovery, strange bool) {
	now := found.Position
	if f == nil || recorded.IsZero() || now.IsZero() {
		return // whoever opens the file finds out
	}
	switch {
	case found.Path == "" || found.Other:
		f.Anew(now.Size, "another file has its name")
	case found.Short > 0:
		f.Anew(now.Size, "it is shorter than recorded")
	case strange:
		f.Anew(now.Size, "it has lines of others behind what is recorded")
	case f.end != recorded.Size:
		f.Anew(now.Size, changedLength)
	case now.Size > recorded.Size:
		f.extend(found.Path, now.Size)
	}
	if b, ok := rotate.ParseBackup(found.Path); ok && b.Log == f.path && !found.Other {
		f.Rotated(found.Path, 0) // and the process died before it could record that
	}
}

// extend takes in what the file has behind the piece, up to size, since another process wrote it before it
// died. The file is called path now.
func (f *File) extend(path string, size int64) {
	f.Part()
	file, err := os.Open(path)
	if err == nil {
		defer file.Close()
		_, err = io.Copy(&f.sum, io.NewSectionReader(file, f.end, size-f.end))
	}
	if err != nil {
		f.Anew(size, err.Error())
		return
	}
	f.end = size
}

// Back takes the piece back to a commit: what was written since may be gone.
func (f *File) Back(last *cursor.Seals) {
	if f == nil {
		return
	}
	f.from, f.mixed = nil, false
	f.restore(last)
}
