package relp

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
)

// frame is one RELP frame: TXNR SP COMMAND SP DATALEN [SP DATA] LF.
type frame struct {
	txnr    uint32 // 0: a hint
	command []byte
	data    []byte
}

const (
	maxTXNR    = 999_999_999
	maxDigits  = 9
	maxCommand = 32
	// maxHeader is the longest header with the space behind it.
	maxHeader = maxDigits + 1 + maxCommand + 1 + maxDigits + 1
)

var errPart = errors.New("the frame is not all there yet")

// FrameError says in what way the bytes of the peer are no RELP frame.
type FrameError struct {
	What string
	Near []byte // the beginning of the bytes in question
}

func (e *FrameError) Error() string { return fmt.Sprintf("no RELP frame: %s: %q", e.What, e.Near) }

func malformed(what string, b []byte) error {
	return &FrameError{what, bytes.Clone(b[:min(len(b), 64)])}
}

// parseFrame parses the frame at the start of b, and returns its length n. The frame's data is
// part of b, and has limit bytes at most. errPart: b has only the beginning of a frame.
func parseFrame(b []byte, limit int) (f frame, n int, err error) {
	f, length, n, err := parseHead(b)
	switch {
	case err == nil && length > limit:
		err = malformed(fmt.Sprintf("DATALEN is %d, and %d is the most", length, limit), b)
	case err == nil && len(b) <= n+length:
		err = errPart
	}
	if err != nil {
		return f, 0, err
	}
	f.data = b[n : n+length]
	if b[n+length] != '\n' {
		return f, 0, malformed("no LF behind DATA", b)
	}
	return f, n + length + 1, nil
}

// parseHead parses the frame at the start of b as far as its data, which has length bytes and begins at
// b[n]. errPart: b has not all of that.
func parseHead(b []byte) (f frame, length, n int, err error) {
	txnr, n, err := parseNumber(b, 0, "TXNR")
	if err != nil {
		return f, 0, 0, err
	}
	end := n + 1
	for end < len(b) && isLetter(b[end]) && end-n-1 <= maxCommand {
		end++
	}
	switch {
	case end == len(b):
		return f, 0, 0, errPart
	case end == n+1 || end-n-1 > maxCommand || b[end] != ' ':
		return f, 0, 0, malformed("COMMAND is not 1 to 32 letters and a space", b)
	}
	f.txnr, f.command = uint32(txnr), b[n+1:end]
	length, n, err = parseLength(b, end+1)
	if err != nil || length == 0 {
		return f, 0, n, err
	}
	if b[n] != ' ' {
		return f, 0, 0, malformed("no space before DATA", b)
	}
	return f, length, n + 1, nil
}

// parseNumber reads digits from b[from] on, and the space behind them, whose
// index it returns.
func parseNumber(b []byte, from int, what string) (number, end int, err error) {
	number, end, err = digits(b, from)
	switch {
	case err != nil:
		return 0, 0, malformed(what+" is not 1 to 9 digits", b)
	case end == len(b):
		return 0, 0, errPart
	case b[end] != ' ':
		return 0, 0, malformed("no space behind "+what, b)
	}
	return number, end, nil
}

// parseLength reads DATALEN, behind which there is a space, or LF if it is 0.
func parseLength(b []byte, from int) (length, end int, err error) {
	length, end, err = digits(b, from)
	switch {
	case err != nil:
		return 0, 0, malformed("DATALEN is not 1 to 9 digits", b)
	case end == len(b):
		return 0, 0, errPart
	case b[end] == ' ' && length == 0: // librelp's own answers have had this form
		return 0, end + 1, nil
	}
	return length, end, nil
}

var errDigits = errors.New("not 1 to 9 digits")

func digits(b []byte, from int) (number, end int, err error) {
	for end = from; end < len(b) && b[end] >= '0' && b[end] <= '9'; end++ {
		if end-from == maxDigits {
			return 0, end, errDigits
		}
		number = 10*number + int(b[end]-'0')
	}
	if end == from && end < len(b) {
		return 0, end, errDigits
	}
	return number, end, nil
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// appendFrame appends a frame to b.
func appendFrame(b []byte, txnr uint32, command string, data []byte) []byte {
	b = strconv.AppendUint(b, uint64(txnr), 10)
	b = append(b, ' ')
	b = append(b, command...)
	b = append(b, ' ')
	b = strconv.AppendUint(b, uint64(len(data)), 10)
	if len(data) > 0 {
		b = append(b, ' ')
		b = append(b, data...)
	}
	return append(b, '\n')
}
