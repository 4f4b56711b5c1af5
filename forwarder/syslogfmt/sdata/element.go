// Package sdata is the STRUCTURED-DATA of RFC 5424, 6.3: its grammar, and what may be added
// to messages that have some.
package sdata

import (
	"bytes"
	"unicode/utf8"
)

// maxName is the longest SD-NAME, in bytes (RFC 5424, 6.3.2).
const maxName = 32

// Element cuts the SD-ELEMENT at the beginning of b (RFC 5424, 6.3.1) off, and returns its SD-ID,
// the whole of it, and what follows. All three are nil where b begins with none.
func Element(b []byte) (id, element, rest []byte) {
	if len(b) == 0 || b[0] != '[' {
		return nil, nil, nil
	}
	at := 1 + nameLen(b[1:])
	id = b[1:at]
	for ; len(id) > 0 && at < len(b); at++ {
		if b[at] == ']' {
			return id, b[:at+1], b[at+1:]
		}
		n := paramLen(b[at:])
		if n == 0 {
			break
		}
		at += n - 1
	}
	return nil, nil, nil
}

// nameLen is the length of the SD-NAME at the beginning of b; 0: there is none.
func nameLen(b []byte) int {
	n := 0
	for n < len(b) && '!' <= b[n] && b[n] <= '~' && b[n] != '=' && b[n] != ']' && b[n] != '"' {
		n++
	}
	if n > maxName {
		return 0
	}
	return n
}

// paramLen is the length of the space and the SD-PARAM at the beginning of b; 0: there is none.
func paramLen(b []byte) int {
	if b[0] != ' ' {
		return 0
	}
	name := nameLen(b[1:])
	value, ok := bytes.CutPrefix(b[1+name:], []byte(`="`))
	if name == 0 || !ok {
		return 0
	}
	n := valueLen(value)
	if n < 0 {
		return 0
	}
	return 1 + name + len(`="`) + n + len(`"`)
}

// valueLen is the length of the PARAM-VALUE at the beginning of b, before its closing quote; -1:
// there is none.
func valueLen(b []byte) int {
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '"':
			if utf8.Valid(b[:i]) {
				return i
			}
			return -1
		case ']':
			return -1
		case '\\':
			if i++; i == len(b) || b[i] != '"' && b[i] != '\\' && b[i] != ']' {
				return -1
			}
		}
	}
	return -1
}

// Valid reports whether b is one or more SD-ELEMENTs and nothing else.
func Valid(b []byte) bool {
	rest := b
	for len(rest) > 0 {
		if _, _, rest = Element(rest); rest == nil {
			return false
		}
	}
	return len(b) > 0
}

// Has reports whether one of the SD-ELEMENTs has that SD-ID.
func Has(elements, id []byte) bool {
	for len(elements) > 0 {
		have, _, rest := Element(elements)
		if bytes.Equal(have, id) {
			return true
		}
		elements = rest
	}
	return false
}
