package event

import (
	"strconv"
	"strings"
)

// Told is an event as it is read back.
type Told struct {
	Sentence string
	Code     string
	Incident string
	Pairs    []Pair // of the block, but for code and incident, in its order
}

// Parse reads the text of an event. It reports false for any other text, such as an event of a
// version that wrote no block.
func Parse(text string) (Told, bool) {
	var t Told
	if !t.Parse(text) {
		return Told{}, false
	}
	return t, true
}

// Parse is the function Parse into t, whose Pairs get the room of those before.
func (t *Told) Parse(text string) bool {
	sentence, block, ok := strings.Cut(text, " {event=")
	if !ok || !strings.HasSuffix(block, "}") || strings.ContainsAny(sentence, "{}") {
		return false
	}
	code, rest := cutBare(block[:len(block)-1])
	*t = Told{Sentence: sentence, Code: code, Pairs: t.Pairs[:0]}
	for rest != "" {
		var p Pair
		if p, rest, ok = cutPair(rest); !ok {
			return false
		}
		if p.Name == "incident" && len(t.Pairs) == 0 {
			t.Incident = p.Value
		} else {
			t.Pairs = append(t.Pairs, p)
		}
	}
	return code != ""
}

// Get is the value of a key; empty where there is none.
func (t *Told) Get(name string) string {
	for _, p := range t.Pairs {
		if p.Name == name {
			return p.Value
		}
	}
	return ""
}

// Uint is the value of a key as a number; it reports false where there is none.
func (t *Told) Uint(name string) (uint64, bool) {
	n, err := strconv.ParseUint(t.Get(name), 10, 64)
	return n, err == nil
}

// Ranges are the runs of numbers that the event names.
func (t *Told) Ranges() []Range {
	var ranges []Range
	var r Range
	for _, p := range t.Pairs {
		switch p.Name {
		case "writer":
			r = Range{Writer: p.Value}
		case "class":
			r.Audit = p.Value == "audit"
		case "first":
			if n, err := strconv.ParseUint(p.Value, 10, 64); err == nil {
				r.First = n
			}
		case "last":
			if n, err := strconv.ParseUint(p.Value, 10, 64); err == nil && r.First > 0 && n >= r.First {
				r.Last = n
				ranges = append(ranges, r)
				r.First = 0
			}
		}
	}
	return ranges
}

// cutPair cuts " NAME=VALUE" off the front of s.
func cutPair(s string) (p Pair, rest string, ok bool) {
	name, value, found := strings.Cut(strings.TrimPrefix(s, " "), "=")
	if !found || s[0] != ' ' || !isBare(name) {
		return p, "", false
	}
	if !strings.HasPrefix(value, `"`) {
		value, rest = cutBare(value)
		return Pair{name, value}, rest, isBare(value)
	}
	quoted, err := strconv.QuotedPrefix(value)
	if err != nil {
		return p, "", false
	}
	rest = value[len(quoted):]
	value, err = strconv.Unquote(quoted)
	return Pair{name, value}, rest, err == nil && !strings.ContainsAny(value, "{}")
}

// cutBare cuts a value without quotes off the front of s.
func cutBare(s string) (value, rest string) {
	if end := strings.IndexByte(s, ' '); end >= 0 {
		return s[:end], s[end:]
	}
	return s, ""
}
