// Package pattern is the form of the paths of a collector's files: {sender}, {host}, {msgid} and {date} among
// other text. It is a grammar, and imports nothing: the configuration checks it.
package pattern

import (
	"errors"
	"fmt"
	"path"
	"strings"
)

// Pattern is a path with {sender}, {host}, {msgid} and {date} in it.
type Pattern struct {
	text   string
	Pieces []Piece
}

// Piece is some text, and one of the names behind it.
type Piece struct {
	Literal string
	Field   string // Sender, Host, MsgID or Date; empty: none
}

// The names.
const (
	Sender = "sender"
	Host   = "host"
	MsgID  = "msgid"
	Date   = "date"
)

// Parse reads a pattern. An error says what is wrong with it.
func Parse(text string) (Pattern, error) {
	p := Pattern{text: text}
	if path.IsAbs(text) || path.Clean(text) != text || strings.HasPrefix(text, "..") {
		return p, errors.New(`not a clean path below the directory (such as "{sender}/{host}/{msgid}-{date}.log")`)
	}
	for _, name := range strings.Split(text, "/") {
		if err := checkPiece(name); err != nil {
			return p, err
		}
	}
	if _, behind, found := strings.Cut(text, place); !found || strings.ContainsAny(behind, "{/") {
		return p, errors.New("{date} must be in it once, as the last of all, in the name of the file: files are packed when their day is over")
	}
	for rest := text; rest != ""; {
		literal, after, found := strings.Cut(rest, "{")
		field, after, _ := strings.Cut(after, "}")
		if !found {
			field = ""
		}
		p.Pieces = append(p.Pieces, Piece{literal, field})
		rest = after
	}
	return p, nil
}

// checkPiece checks what stands between two slashes.
func checkPiece(name string) error {
	fields := 0
	for rest := name; ; {
		literal, after, found := strings.Cut(rest, "{")
		for i := range len(literal) {
			if !IsNameByte(literal[i]) {
				return fmt.Errorf("%q has other characters than a-z, 0-9, '.', '_', '-' and {sender}, {host}, {msgid}, {date}", name)
			}
		}
		if !found {
			break
		}
		field, more, closed := strings.Cut(after, "}")
		switch {
		case field == Date:
		case closed && (field == Sender || field == Host || field == MsgID):
			fields++
		default:
			return fmt.Errorf("%q is none of {sender}, {host}, {msgid}, {date}", "{"+field+"}")
		}
		rest = more
	}
	if name[0] != '{' && !IsFirst(name[0]) {
		return fmt.Errorf("%q does not begin with a letter or a digit", name)
	}
	if fields > 1 {
		return fmt.Errorf("%q has two names in it: files of two senders could have one path (put a slash between them)", name)
	}
	return nil
}

const place = "{" + Date + "}"

// String is the pattern's text.
func (p Pattern) String() string { return p.text }

// Behind is what stands behind the date.
func (p Pattern) Behind() string {
	_, behind, _ := strings.Cut(p.text, place)
	return behind
}

// IsFirst reports whether a safe name may begin with c.
func IsFirst(c byte) bool { return 'a' <= c && c <= 'z' || '0' <= c && c <= '9' }

// IsNameByte reports whether a safe name may have c in it.
func IsNameByte(c byte) bool { return IsFirst(c) || c == '.' || c == '_' || c == '-' }
