package trust

import (
	"fmt"
	"strconv"
	"strings"
)

// Error says why there is no TLS connection to a server, and what to do. It has no
// characters but printable ones, whatever a certificate has, and is of bounded length.
type Error struct {
	text string
	err  error
}

func newError(err error, format string, args ...any) *Error {
	return &Error{printable(fmt.Sprintf(format, args...)), err}
}

func (e *Error) Error() string { return e.text }
func (e *Error) Unwrap() error { return e.err }

// FileError says what is wrong with a file of [relay.tls] or [listen.tls], in printable characters.
type FileError struct {
	Key, Path string
	Err       error
}

func (e *FileError) Error() string {
	return printable(fmt.Sprintf("%s %s: %v", e.Key, e.Path, e.Err))
}

func (e *FileError) Unwrap() error { return e.Err }

// fileErrors are those of several files, as one line.
type fileErrors []error

func (e fileErrors) Error() string {
	var all []string
	for _, err := range e {
		all = append(all, err.Error())
	}
	return strings.Join(all, "; ")
}

func (e fileErrors) Unwrap() []error { return e }

const maxText = 1000

// printable escapes what is not printable, and cuts what is too long: a certificate may
// name ten thousand hosts.
func printable(s string) string {
	var b strings.Builder
	for i, r := range s {
		if b.Len() > maxText {
			return b.String() + "…"
		}
		switch {
		case r == '\uFFFD' && s[i] >= 0x80 && !strings.HasPrefix(s[i:], "\uFFFD"):
			fmt.Fprintf(&b, `\x%02x`, s[i]) // no UTF-8
		case strconv.IsPrint(r):
			b.WriteRune(r)
		default:
			q := strconv.QuoteRune(r)
			b.WriteString(q[1 : len(q)-1])
		}
	}
	return b.String()
}
