package event

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	// MaxText is how many bytes the text of an event takes: with a header it fits into the
	// 2,048 bytes that each server takes by UDP (RFC 5426, 3.2).
	MaxText = 1800
	// maxValue is how many bytes of a value are told; fewer where values are many and long.
	maxValue = 512
	// minValue of each value are told whatever that makes of the text.
	minValue = 32
)

// String is the text of the event: sentence and block, in one line of at most MaxText bytes, if
// it has no more ranges than Split gives it.
func (e Event) String() string {
	if e.again != "" {
		return e.again
	}
	for most := maxValue; ; most /= 2 {
		if text := e.text(most); len(text) <= MaxText || most <= minValue {
			return text
		}
	}
}

// Words are the sentence alone, for people who read it on a terminal.
func (e Event) Words() string {
	var b strings.Builder
	e.sentence(&b, maxValue)
	return b.String()
}

// text is the text with at most that many bytes of each value.
func (e *Event) text(most int) string {
	var b strings.Builder
	e.sentence(&b, most)
	b.WriteString(" {event=")
	b.WriteString(told(e.Kind).Code)
	if e.Incident != "" {
		pair(&b, "incident", e.Incident, most)
	}
	for _, p := range e.Pairs {
		pair(&b, p.Name, p.Value, most)
	}
	e.ranges(&b)
	b.WriteByte('}')
	return b.String()
}

// ranges writes the ranges; the writer only where it is another one than before.
func (e *Event) ranges(b *strings.Builder) {
	for i, r := range e.Ranges {
		if i == 0 || r.Writer != e.Ranges[i-1].Writer || r.Audit != e.Ranges[i-1].Audit {
			pair(b, "writer", r.Writer, maxValue)
			if r.Audit {
				pair(b, "class", "audit", maxValue)
			}
		}
		pair(b, "first", strconv.FormatUint(r.First, 10), maxValue)
		pair(b, "last", strconv.FormatUint(r.Last, 10), maxValue)
	}
}

// sentence writes the kind's sentence with the values of its keys.
func (e *Event) sentence(b *strings.Builder, most int) {
	pieces := strings.Split(told(e.Kind).Sentence, "{")
	b.WriteString(pieces[0])
	for _, piece := range pieces[1:] {
		name, rest, _ := strings.Cut(piece, "}")
		b.WriteString(plain(e.Value(name), most))
		b.WriteString(rest)
	}
}

func pair(b *strings.Builder, name, value string, most int) {
	b.WriteByte(' ')
	b.WriteString(name)
	b.WriteByte('=')
	if value = cut(value, most); isBare(value) {
		b.WriteString(value)
	} else {
		b.WriteString(strconv.Quote(withoutBraces(value)))
	}
}

// isBare reports whether a value needs no quotes.
func isBare(s string) bool {
	for i := range len(s) {
		c := s[i]
		if !('a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' || strings.IndexByte("._:/+@%,*-", c) >= 0) {
			return false
		}
	}
	return len(s) > 0
}

// Plain is a string as it may stand in a sentence, or on a terminal: in one line, without braces,
// and what is not printable as Go writes it in quotes, so that it shows and does nothing.
func Plain(s string) string { return plain(s, maxValue) }

func plain(s string, most int) string {
	s = withoutBraces(strings.ReplaceAll(cut(s, most), "\n", "; "))
	for _, r := range s {
		if r == utf8.RuneError || !strconv.IsPrint(r) {
			quoted := strconv.Quote(s)
			return strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`)
		}
	}
	return s
}

func withoutBraces(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, "{", "("), "}", ")")
}

// cut shortens a string to that many bytes, at the border of a character.
func cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	n := most - len("…")
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}
