package frame

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"time"
)

// HeaderSize is the length in bytes of what stands before a frame's origin and payload.
const HeaderSize = 40

// MaxPayload is the greatest length of a payload in bytes. It bounds what a
// reader must hold, whatever a damaged file says.
const MaxPayload = 4 << 20

const magic = "\xf5HSF"

// Kind says what a frame carries.
type Kind uint8

// The kinds.
const (
	Lines Kind = 0 // lines of the file's stream
	Event Kind = 1 // one line about the log itself, for the stream "audit"
	// Messages are those that a collector has taken in, whole; see AppendMessage.
	Messages Kind = 2
)

// padded as part of a frame's kind: the length that would be the origin's is that of
// bytes behind the payload, which mean nothing.
const padded Kind = 0x80

// MaxPadding is the greatest length of a frame's padding in bytes.
const MaxPadding = 1<<16 - 1

// StreamSeverity as a frame's severity stands for the stream's own.
const StreamSeverity = 255

// Frame is a run of whole lines that were received together.
type Frame struct {
	Kind     Kind
	Severity uint8     // 0 to 7, or StreamSeverity
	Time     time.Time // of receipt
	First    uint64    // number of the first line in its writer, from 1
	Lines    int
	Dropped  uint32 // lines dropped just before
	Origin   []byte // see Origin; empty: lines of an intake
	Payload  []byte // whole lines, each with its LF
	Padding  int    // bytes of no meaning behind the payload, for Seal; only without an origin
}

// ErrPart: the bytes end before the frame does.
var ErrPart = errors.New("part of a frame")

var (
	errNoFrame = errors.New("no frame here")
	errCRC     = errors.New("wrong checksum")
	errBesides = errors.New("an origin or a padding longer than the frame")
)

// Seal makes buf a frame: its first HeaderSize bytes are written, the rest is
// the origin, the payload and the padding and stays as it is. Of Origin only the
// length is looked at, and Payload is not.
func (f *Frame) Seal(buf []byte) {
	kind, extra := f.Kind, len(f.Origin)
	if f.Padding > 0 {
		kind, extra = kind|padded, f.Padding
	}
	copy(buf, magic)
	binary.LittleEndian.PutUint32(buf[8:], uint32(len(buf)-HeaderSize))
	binary.LittleEndian.PutUint32(buf[12:], uint32(f.Lines))
	binary.LittleEndian.PutUint64(buf[16:], f.First)
	binary.LittleEndian.PutUint64(buf[24:], uint64(f.Time.UnixNano()))
	binary.LittleEndian.PutUint32(buf[32:], f.Dropped)
	buf[36], buf[37] = byte(kind), f.Severity
	binary.LittleEndian.PutUint16(buf[38:], uint16(extra))
	binary.LittleEndian.PutUint32(buf[4:], crc32.Checksum(buf[8:], castagnoli()))
}

// Len gives the whole length of the frame that starts b. ErrPart: b ends
// before the header does.
func Len(b []byte) (int, error) {
	if len(b) < HeaderSize {
		return 0, ErrPart
	}
	n := binary.LittleEndian.Uint32(b[8:])
	if string(b[:4]) != magic || n > MaxPayload {
		return 0, errNoFrame
	}
	return HeaderSize + int(n), nil
}

// Parse reads the frame at the start of b; Origin and Payload are parts of b.
// ErrPart: b ends within the frame, whose length is n if that much is known.
func (f *Frame) Parse(b []byte) (n int, err error) {
	if n, err = Len(b); err != nil {
		return 0, err
	}
	if len(b) < n {
		return n, ErrPart
	}
	b = b[:n]
	if crc32.Checksum(b[8:], castagnoli()) != binary.LittleEndian.Uint32(b[4:]) {
		return n, errCRC
	}
	origin, padding := besides(b)
	if origin+padding > n-HeaderSize {
		return n, errBesides
	}
	f.Lines = int(binary.LittleEndian.Uint32(b[12:]))
	f.First = binary.LittleEndian.Uint64(b[16:])
	f.Time = time.Unix(0, int64(binary.LittleEndian.Uint64(b[24:])))
	f.Dropped = binary.LittleEndian.Uint32(b[32:])
	f.Kind, f.Severity = kindOf(b), b[37]
	f.Origin, f.Payload, f.Padding = b[HeaderSize:HeaderSize+origin], b[HeaderSize+origin:n-padding], padding
	return n, nil
}

// Whole gives the length of the whole frames at the start of b.
func Whole(b []byte) int {
	at := 0
	for {
		n, err := Len(b[at:])
		if err != nil || at+n > len(b) {
			return at
		}
		at += n
	}
}
