package strict

import (
	"strconv"
	"strings"
)

// The TOML library gives no positions for keys that decode. This scanner does: it walks over text
// that the library is going to read as well, and notes the line of each key. It also bounds
// nesting, for which the library needs cubic time (and the stack).

// keyPath is the way to a value: each key or index behind a NUL.
type keyPath string

func (p keyPath) key(name string) keyPath { return p + "\x00" + keyPath(name) }

// index cannot be taken for a key: bare keys have no '#', and a quoted one only misplaces itself.
func (p keyPath) index(i int) keyPath { return p + "\x00#" + keyPath(strconv.Itoa(i)) }

func (p keyPath) depth() int { return strings.Count(string(p), "\x00") }

// lines has the line, from 1, of every key, table header and list element.
type lines map[keyPath]int

// of is the line of p, or of the innermost table around it that is written down.
func (l lines) of(p keyPath) int {
	for {
		if n, ok := l[p]; ok {
			return n
		}
		up := strings.LastIndexByte(string(p), 0)
		if up < 0 {
			return 1
		}
		p = p[:up]
	}
}

const (
	maxDepth = 8   // keys, tables and lists within each other; the file needs four
	maxKey   = 128 // bytes of one part of a key
)

// scanner walks over TOML. On text that is not TOML it goes astray, but ends.
type scanner struct {
	text  string
	pos   int
	lines lines
	// Line of pos is line; newlines are counted up to counted.
	line, counted int
	tables        map[keyPath]int // how many [[tables]] there are of each path
	tooMuch       string          // which bound was broken, at offset; the scan ends there
	offset        int
}

// scanLines returns the lines of text; tooMuch is the bound that text breaks at offset, if any.
func scanLines(text string) (l lines, tooMuch string, offset int) {
	s := &scanner{text: text, lines: lines{}, line: 1, tables: map[keyPath]int{}}
	var current keyPath
	for s.blank(); s.more(); s.blank() {
		if s.text[s.pos] == '[' {
			current = s.header()
		} else if !s.pair(current) {
			s.restOfLine()
		}
	}
	return s.lines, s.tooMuch, s.offset
}

func (s *scanner) stop(tooMuch string) {
	if s.tooMuch == "" {
		s.tooMuch, s.offset = tooMuch, s.pos
	}
}

func (s *scanner) more() bool { return s.pos < len(s.text) && s.tooMuch == "" }

func (s *scanner) startsWith(prefix string) bool {
	return strings.HasPrefix(s.text[s.pos:], prefix)
}

// note writes down the line of p, the first time or, for a header, again: [a] may follow [a.b].
func (s *scanner) note(p keyPath, again bool) {
	s.line += strings.Count(s.text[s.counted:s.pos], "\n")
	s.counted = s.pos
	if _, ok := s.lines[p]; !ok || again {
		s.lines[p] = s.line
	}
	if p.depth() > maxDepth {
		s.stop("nested deeper than " + strconv.Itoa(maxDepth) + " levels (the configuration needs four)")
	}
}

// blank skips white space, line ends and comments.
func (s *scanner) blank() {
	for s.more() {
		switch s.text[s.pos] {
		case ' ', '\t', '\r', '\n':
			s.pos++
		case '#':
			s.restOfLine()
		default:
			return
		}
	}
}

func (s *scanner) spaces() {
	for s.more() && (s.text[s.pos] == ' ' || s.text[s.pos] == '\t') {
		s.pos++
	}
}

// restOfLine goes behind the next line end.
func (s *scanner) restOfLine() {
	s.until("\n")
	s.pos = min(s.pos+1, len(s.text))
}

// until goes to the next of the characters of stop.
func (s *scanner) until(stop string) {
	n := strings.IndexAny(s.text[s.pos:], stop)
	if n < 0 {
		n = len(s.text) - s.pos
	}
	s.pos += n
}

// header reads [a.b] or [[a.b]] and returns the table's path. Keys on the way lead into the last
// element of an array of tables.
func (s *scanner) header() (p keyPath) {
	array := s.startsWith("[[")
	s.pos++
	if array {
		s.pos++
	}
	parts := s.keyParts()
	for i, part := range parts {
		p = p.key(part)
		last := i == len(parts)-1
		s.note(p, last && !array)
		if last && array {
			s.tables[p]++
		}
		if n := s.tables[p]; n > 0 {
			p = p.index(n - 1)
			s.note(p, false)
		}
	}
	if s.more() {
		s.restOfLine()
	}
	return p
}

// pair reads key = value of the table at p, and reports whether it is one.
func (s *scanner) pair(p keyPath) bool {
	for _, part := range s.keyParts() {
		p = p.key(part)
		s.note(p, false)
	}
	if !s.more() || s.text[s.pos] != '=' {
		return false
	}
	s.pos++
	s.spaces()
	s.value(p)
	return true
}

// keyParts reads a, "b" and 'c' of a.'b'."c".
func (s *scanner) keyParts() (parts []string) {
	for s.more() {
		s.spaces()
		part := s.keyPart()
		if len(part) > maxKey {
			s.stop("a key is longer than " + strconv.Itoa(maxKey) + " bytes (no key of the configuration is)")
			return nil
		}
		parts = append(parts, part)
		if len(parts) > maxDepth { // note would say so too, but only after all of them
			break
		}
		s.spaces()
		if !s.more() || s.text[s.pos] != '.' {
			break
		}
		s.pos++
	}
	return parts
}

func (s *scanner) keyPart() string {
	start := s.pos
	if !s.startsWith(`"`) && !s.startsWith(`'`) {
		s.until(" \t\r\n.=]#,}")
		return s.text[start:s.pos]
	}
	s.quoted(s.text[s.pos : s.pos+1])
	return unquoteKey(s.text[start:s.pos])
}

// unquoteKey lets the library resolve a key's escapes, which nobody writes.
func unquoteKey(quoted string) string {
	if !strings.Contains(quoted, `\`) || quoted[0] == '\'' {
		return strings.Trim(quoted, quoted[:1])
	}
	root, err := decodeTOML(quoted + " = 0")
	if err == nil {
		for key := range root {
			return key
		}
	}
	return quoted
}

// value skips over a value, and notes the lines of what is in it.
func (s *scanner) value(p keyPath) {
	switch {
	case !s.more():
	case s.startsWith(`"""`), s.startsWith(`'''`):
		quote := s.text[s.pos : s.pos+3]
		s.quoted(quote)
		// Up to two quotes may stand before the closing three.
		for range 2 {
			if s.startsWith(quote[:1]) {
				s.pos++
			}
		}
	case s.startsWith(`"`), s.startsWith(`'`):
		s.quoted(s.text[s.pos : s.pos+1])
	case s.startsWith("["):
		s.array(p)
	case s.startsWith("{"):
		s.inlineTable(p)
	default:
		s.until(",]}#\n")
	}
}

// quoted goes behind the string that begins with quote.
func (s *scanner) quoted(quote string) {
	s.pos += len(quote)
	for s.more() && !s.startsWith(quote) {
		if s.text[s.pos] == '\\' && quote[0] == '"' {
			s.pos++
		}
		s.pos++
	}
	s.pos = min(s.pos+len(quote), len(s.text))
}

// array notes each element of a list.
func (s *scanner) array(p keyPath) {
	s.pos++
	for i := 0; ; i++ {
		s.separators()
		if !s.more() {
			return
		}
		if s.text[s.pos] == ']' {
			s.pos++
			return
		}
		s.note(p.index(i), false)
		start := s.pos
		s.value(p.index(i))
		s.progress(start)
	}
}

// inlineTable notes each key of {a = 1, b = 2}, which may have line ends since TOML 1.1.
func (s *scanner) inlineTable(p keyPath) {
	s.pos++
	for {
		s.separators()
		if !s.more() {
			return
		}
		if s.text[s.pos] == '}' {
			s.pos++
			return
		}
		start := s.pos
		s.pair(p)
		s.progress(start)
	}
}

// separators skips commas as well as blanks.
func (s *scanner) separators() {
	for s.blank(); s.more() && s.text[s.pos] == ','; s.blank() {
		s.pos++
	}
}

// progress steps over a character that nothing else took: not TOML.
func (s *scanner) progress(start int) {
	if s.pos == start && s.more() {
		s.pos++
	}
}
