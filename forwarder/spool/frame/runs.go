package frame

import (
	"encoding/binary"
	"io"
)

// Run are the numbers that the header of a frame gives.
type Run struct {
	First, Last uint64 // of lines or, of an event, its own
	Dropped     uint64 // lines before First that were dropped
	IsEvent     bool
}

// mostRuns is how many frames Runs looks at.
const mostRuns = 100_000

// Runs are the numbers in the headers of frames that are damaged, between two offsets, as far as one begins
// where the one before it ends. No checksum vouches for them: whoever believes them has reasons of its own.
func Runs(r io.ReaderAt, from, to int64) (runs []Run) {
	head := make([]byte, HeaderSize)
	for at := from; at+HeaderSize <= to && len(runs) < mostRuns; {
		if _, err := r.ReadAt(head, at); err != nil {
			return runs
		}
		n, err := Len(head)
		if err != nil || PayloadLen(head) < 0 {
			return runs
		}
		first, last, isEvent := Numbers(head)
		if first > 0 && last >= first && last-first < uint64(n) { // a line takes a byte at least
			runs = append(runs, Run{First: first, Last: last, Dropped: uint64(binary.LittleEndian.Uint32(head[32:])), IsEvent: isEvent})
		}
		at += int64(n)
	}
	return runs
}
