// Package spooltest has frames, and files of frames, for tests of the spool and of what reads it.
package spooltest

import (
	"bytes"
	"strings"
	"time"

	"httpd-syslog/forwarder/spool/frame"
)

// Time is when the frames of tests were received.
var Time = time.Unix(1700000001, 123456789)

// Sealed is a frame of whole lines, the first of which has a number.
func Sealed(first uint64, payload string) []byte {
	return SealedLines(first, bytes.Count([]byte(payload), []byte("\n")), payload)
}

// SealedLines is a frame that says of itself how many lines it has.
func SealedLines(first uint64, lines int, payload string) []byte {
	buf := append(make([]byte, frame.HeaderSize), payload...)
	f := frame.Frame{Severity: frame.StreamSeverity, Time: Time, First: first, Lines: lines}
	f.Seal(buf)
	return buf
}

// SealedPadded is a frame with something behind its lines.
func SealedPadded(first uint64, payload, padding string) []byte {
	buf := append(append(make([]byte, frame.HeaderSize), payload...), padding...)
	f := frame.Frame{Severity: frame.StreamSeverity, Time: Time, First: first, Lines: bytes.Count([]byte(payload), []byte("\n")), Padding: len(padding)}
	f.Seal(buf)
	return buf
}

// SealedWith is a frame of one line with an origin.
func SealedWith(o frame.Origin, first uint64, line string) []byte {
	origin := o.Append(nil)
	buf := append(append(make([]byte, frame.HeaderSize), origin...), line...)
	f := frame.Frame{Severity: 3, Time: Time, First: first, Lines: 1, Origin: origin}
	f.Seal(buf)
	return buf
}

// SomeFrames are the frames of a small file, numbered from 1.
func SomeFrames() [][]byte {
	return [][]byte{
		Sealed(1, "one\n"), Sealed(2, "two\n"+strings.Repeat("2", 70)+"\n"), SealedLines(4, 0, ""),
		SealedWith(HardOrigin, 4, "\xf5HSF magic within\n"), SealedPadded(5, "five\n", "\xf5HSF and the start of another"),
	}
}

// HardOrigin has in it all that frames and lines are told by.
var HardOrigin = frame.Origin{
	Time: Time, Host: []byte("h\n"), Tag: []byte("\n\n\xf5HSF"), ProcID: []byte("\n"), MsgID: []byte("\n\xf5HSF"), Data: []byte("[x@1 a=\"\n\n\"]"),
}
