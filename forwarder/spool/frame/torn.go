package frame

import (
	"bytes"
	"encoding/binary"
)

// MayBeTorn reports whether b may be all that was written of a frame. Each
// line has its LF, and the last of them is the payload's last byte: where as many are
// there as the frame has lines, and more was to come, its length is wrong. What is torn
// must not be searched for frames, as payloads can hold anything, what looks like frames
// included. Messages have their lengths before them in the LFs' place.
func MayBeTorn(b []byte) bool {
	if len(b) < HeaderSize {
		return true
	}
	origin, padding := besides(b)
	length := PayloadLen(b)
	if length < 0 {
		return false // no such frame was ever written
	}
	lines := binary.LittleEndian.Uint32(b[12:])
	payload := b[min(HeaderSize+origin, len(b)):] // an origin can hold LFs of its own
	whole := padding > 0 && len(payload) >= length
	payload = payload[:min(length, len(payload))]
	if kindOf(b) == Messages {
		n, end := countMessages(payload)
		return n < int(lines) || n == int(lines) && end == length
	}
	count := int64(bytes.Count(payload, newline))
	return count < int64(lines) || whole && count == int64(lines) && bytes.HasSuffix(payload, newline)
}

var newline = []byte("\n")
