package frame

import "encoding/binary"

// What a frame's header says, without a look at its payload, and so without its checksum. b begins with
// HeaderSize bytes of a frame at least.

// kindOf is the kind that a frame's header gives.
func kindOf(b []byte) Kind { return Kind(b[36]) &^ padded }

// besides is the length of what a frame holds besides its payload, by its header: of the
// origin before it, or the padding behind it.
func besides(b []byte) (origin, padding int) {
	n := int(binary.LittleEndian.Uint16(b[38:]))
	if Kind(b[36])&padded != 0 {
		return 0, n
	}
	return n, 0
}

// LinesIn is the number of lines that a frame's header gives; an event is none.
func LinesIn(b []byte) int {
	if kindOf(b) == Event {
		return 0
	}
	return int(binary.LittleEndian.Uint32(b[12:]))
}

// Numbers are the first and the last number that a frame's header gives, to its lines or, if it is one,
// to its event. Without lines last is below first.
func Numbers(b []byte) (first, last uint64, event bool) {
	first = binary.LittleEndian.Uint64(b[16:])
	return first, first + uint64(binary.LittleEndian.Uint32(b[12:])) - 1, kindOf(b) == Event
}

// PayloadLen is the length of the payload alone that a frame's header gives.
func PayloadLen(b []byte) int {
	origin, padding := besides(b)
	return int(binary.LittleEndian.Uint32(b[8:])) - origin - padding
}

// Received is when a frame was received by its header, in ns since 1970.
func Received(b []byte) int64 { return int64(binary.LittleEndian.Uint64(b[24:])) }

// CountLines counts the lines in whole frames; events are none.
func CountLines(frames []byte) (lines uint64) {
	for {
		n, err := Len(frames)
		if err != nil || n > len(frames) {
			return lines
		}
		lines += uint64(LinesIn(frames))
		frames = frames[n:]
	}
}
