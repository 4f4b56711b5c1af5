package frame

import (
	"fmt"
	"strconv"
	"strings"
)

// WriterID identifies a writer of spool files: one intake, for its life.
type WriterID struct {
	ID  uint64 // start in ms since 1970 << 20 | random; see the package comment
	PID uint32
}

// ProcID is the writer as RFC 5424's PROCID: "PID-WRITER", since process ids
// repeat, in containers above all.
func (w WriterID) ProcID() string { return fmt.Sprintf("%d-%s", w.PID, w) }

// String is the identity without the process id, 16 hexadecimal digits.
func (w WriterID) String() string { return fmt.Sprintf("%016x", w.ID) }

// FileID identifies a spool file; its text is the file's name.
type FileID struct {
	Writer WriterID
	Number uint32 // from 1
}

// String is the file's name.
func (f FileID) String() string {
	return fmt.Sprintf("%016x-%d.%06d", f.Writer.ID, f.Writer.PID, f.Number)
}

// MarshalText makes FileID usable as a key of a JSON object.
func (f FileID) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// UnmarshalText is the reverse of MarshalText.
func (f *FileID) UnmarshalText(b []byte) error {
	id, err := ParseFileID(string(b))
	*f = id
	return err
}

// ParseFileID takes a spool file's name apart. Only names as String gives them
// are taken.
func ParseFileID(name string) (FileID, error) {
	id, rest, ok1 := strings.Cut(name, "-")
	pid, num, ok2 := strings.Cut(rest, ".")
	writer, err1 := strconv.ParseUint(id, 16, 64)
	p, err2 := strconv.ParseUint(pid, 10, 32)
	n, err3 := strconv.ParseUint(num, 10, 32)
	f := FileID{WriterID{writer, uint32(p)}, uint32(n)}
	if !ok1 || !ok2 || err1 != nil || err2 != nil || err3 != nil || f.String() != name {
		return FileID{}, fmt.Errorf("spool: %q is not the name of a spool file", name)
	}
	return f, nil
}

// Compare orders files by writer, then number.
func (f FileID) Compare(g FileID) int {
	switch {
	case f.Writer.ID != g.Writer.ID:
		return order(f.Writer.ID, g.Writer.ID)
	case f.Writer.PID != g.Writer.PID:
		return order(uint64(f.Writer.PID), uint64(g.Writer.PID))
	}
	return order(uint64(f.Number), uint64(g.Number))
}

func order(a, b uint64) int {
	if a < b {
		return -1
	} else if a > b {
		return 1
	}
	return 0
}
