package syslogfmt

import "bytes"

// fit says whether bytes match the form that is looked for.
type fit uint8

const (
	no   fit = iota
	open     // all bytes so far match; the next ones decide
	yes
)

const (
	// priLen is the length of the longest "<PRI>".
	priLen = len("<191>")
	// maxDigits is how many digits a count has at most. More are text.
	maxDigits = 20
)

// priAt tells whether b begins with '<', one to three digits and '>'.
func priAt(b []byte) fit {
	for i, c := range b[:min(len(b), priLen)] {
		switch {
		case i == 0 && c == '<', 0 < i && i < priLen-1 && isDigit(c):
		case i > 1 && c == '>':
			return yes
		default:
			return no
		}
	}
	if len(b) >= priLen {
		return no
	}
	return open
}

// countAt tells whether b begins with the count of an octet-counted frame, and how many digits that
// has. A count is believed only before "<PRI>": digits and a space begin many a text.
func countAt(b []byte) (digits int, f fit) {
	for digits < len(b) && isDigit(b[digits]) {
		digits++
	}
	switch {
	case digits > maxDigits || digits > 0 && b[0] == '0':
		return 0, no
	case digits == len(b):
		return 0, open
	case digits == 0 || b[digits] != ' ':
		return 0, no
	}
	return digits, priAt(b[digits+1:])
}

// LooksCounted reports whether b begins with a number, a space and '<': as an octet-counted frame
// does, be there a PRI behind it or not.
func LooksCounted(b []byte) bool {
	digits := 0
	for digits < len(b) && isDigit(b[digits]) {
		digits++
	}
	return digits > 0 && bytes.HasPrefix(b[digits:], []byte(" <"))
}

// nextCount returns where in b the next count begins whose '<' is at from or behind it; -1: there is none.
func nextCount(b []byte, from int) int {
	for at := from; ; at++ {
		i := bytes.IndexByte(b[at:], '<')
		if i < 0 {
			return -1
		}
		at += i
		if priAt(b[at:]) != yes || at == 0 || b[at-1] != ' ' {
			continue
		}
		digits := at - 1
		for digits > 0 && isDigit(b[digits-1]) {
			digits--
		}
		if _, f := countAt(b[digits:]); f == yes {
			return digits
		}
	}
}

// isNothing reports whether a frame has no message: it is empty, or what stands between the frames of
// senders that end them twice.
func isNothing(frame []byte) bool {
	return len(frame) == 0 || frame[0] < ' ' && len(bytes.TrimLeft(frame, "\r\n\x00")) == 0
}
