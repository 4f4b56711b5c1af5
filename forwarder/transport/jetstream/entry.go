package jetstream

import (
	"bytes"
	"fmt"
	"time"
)

// messagesOf visits the messages of an entry's content, which is octet-counted, and returns how many there are. An error
// is visit's, or says at which byte there is no message.
func messagesOf(content []byte, visit func(message []byte) error) (n int, err error) {
	for at := 0; at < len(content); n++ {
		length, digits := lengthAt(content[at:])
		begin := at + digits + 1
		switch {
		case digits == 0:
			return n, &flawError{at, "there is no length of a message"}
		case length > len(content)-begin:
			return n, &flawError{at, "there is less than the length of a message says"}
		}
		if err := visit(content[begin : begin+length]); err != nil {
			return n, err
		}
		at = begin + length
	}
	return n, nil
}

// flawError is about content that is not messages.
type flawError struct {
	at   int
	what string
}

func (e *flawError) Error() string { return fmt.Sprintf("%s at byte %d", e.what, e.at) }

// mostDigits is how many digits a length has at most.
const mostDigits = 9

// lengthAt reads a length and the blank behind it; 0 digits: there is none.
func lengthAt(b []byte) (length, digits int) {
	for i, c := range b[:min(len(b), mostDigits+1)] {
		switch {
		case c == ' ' && i > 0:
			return length, i
		case c < '0' || c > '9' || i == 0 && c == '0':
			return 0, 0
		}
		length = 10*length + int(c-'0')
	}
	return 0, 0
}

// appendLine appends a message as a line, with LF in it as rsyslog writes that.
func appendLine(dst, message []byte) []byte {
	for {
		i := bytes.IndexByte(message, '\n')
		if i < 0 {
			return append(append(dst, message...), '\n')
		}
		dst = append(append(dst, message[:i]...), "#012"...)
		message = message[i+1:]
	}
}

// timeOf is the TIMESTAMP of a message of RFC 5424; zero: it has none that can be read.
func timeOf(message []byte) time.Time {
	_, rest, _ := bytes.Cut(message, []byte(">1 "))
	stamp, _, _ := bytes.Cut(rest, []byte(" "))
	const most = len("2006-01-02T15:04:05.000000000+00:00")
	if len(stamp) > most {
		return time.Time{}
	}
	t, _ := time.Parse(time.RFC3339Nano, string(stamp))
	return t
}
