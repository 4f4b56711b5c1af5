package syslogparse

import (
	"bytes"
	"net/netip"
	"strings"
)

// The longest header fields, in bytes (RFC 5424, 6).
const (
	maxHost   = 255
	maxTag    = 48
	maxProcID = 128
	maxMsgID  = 32
)

// firstWord returns what stands before the first space of b.
func firstWord(b []byte) []byte {
	if end := bytes.IndexByte(b, ' '); end >= 0 {
		return b[:end]
	}
	return b
}

func skipSpaces(b []byte) []byte { return bytes.TrimLeft(b, " ") }

// IsHost reports whether a word can be a host's name or address: letters, digits,
// '.', '-' and '_', with a letter or a digit first and last, or an IPv6 address. A
// path, JSON, an address with a port and what programs else write there are none.
func IsHost(word []byte) bool {
	n := len(word)
	if n == 0 || n > maxHost {
		return false
	}
	for _, c := range word {
		if !isAlphanumeric(c) && c != '.' && c != '-' && c != '_' {
			return isIPv6(word)
		}
	}
	last := word[n-1]
	if last == '.' && bytes.IndexByte(word[:n-1], '.') > 0 { // as the DNS writes a whole name
		last = word[n-2]
	}
	return isAlphanumeric(word[0]) && isAlphanumeric(last)
}

func isIPv6(word []byte) bool {
	if bytes.Count(word, []byte(":")) < 2 || len(word) > len("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255") {
		return false
	}
	a, err := netip.ParseAddr(string(word))
	return err == nil && a.Zone() == ""
}

// takeTag takes "TAG: text", "TAG[PROCID]: text" and "TAG[PROCID]:text". loose takes
// "TAG:text" as well, where that is nothing else: no address and port, no URL, no path.
func (m *Message) takeTag(b []byte, loose bool) bool {
	tag, procID, rest := cutTag(b)
	if len(tag) == 0 || len(rest) == 0 || rest[0] != ':' {
		return false
	}
	rest = rest[1:]
	if len(rest) > 0 && rest[0] != ' ' && procID == nil && !(loose && isGlued(tag, rest)) {
		return false
	}
	m.Tag, m.ProcID, m.Text = optional(tag), optional(procID), nonEmpty(bytes.TrimPrefix(rest, space))
	return true
}

// takeBareTag takes "TAG text" and "TAG[PROCID] text", where TAG is such as programs
// are called.
func (m *Message) takeBareTag(b []byte) bool {
	tag, procID, rest := cutTag(b)
	if len(tag) == 0 || len(rest) > 0 && rest[0] != ' ' || !isProgram(tag) {
		return false
	}
	m.Tag, m.ProcID, m.Text = optional(tag), optional(procID), nonEmpty(bytes.TrimPrefix(rest, space))
	return true
}

// cutTag cuts TAG and [PROCID] off the front of b; tag is empty where there is none, or
// one too long.
func cutTag(b []byte) (tag, procID, rest []byte) {
	n := tagBytes.lengthOf(b)
	tag, rest = b[:n], b[n:]
	if n == 0 || n > maxTag || strings.IndexByte(`{"'<`, b[0]) >= 0 { // JSON and XML have colons too
		return nil, nil, nil
	}
	if len(rest) > 0 && rest[0] == '[' {
		n = procIDBytes.lengthOf(rest[1:])
		procID, rest = rest[1:1+n], rest[1+n:]
		if n == 0 || n > maxProcID || len(rest) == 0 || rest[0] != ']' {
			return nil, nil, nil
		}
		rest = rest[1:]
	}
	return tag, procID, rest
}

// isGlued reports whether what stands before and behind a colon is a tag and its text.
func isGlued(tag, text []byte) bool {
	if c := text[0]; !isLetter(tag[0]) || c < 0x80 && !isLetter(c) && strings.IndexByte(`"'([{<%`, c) < 0 || bytes.IndexByte(firstWord(text), ':') >= 0 {
		return false
	}
	for _, c := range tag {
		if !isAlphanumeric(c) && strings.IndexByte("._-/", c) < 0 {
			return false
		}
	}
	return true
}

// isProgram reports whether a word is such as programs are called.
func isProgram(word []byte) bool {
	for _, c := range word {
		if !isAlphanumeric(c) && strings.IndexByte("._-/()@%+", c) < 0 {
			return false
		}
	}
	return isLetter(word[0]) || word[0] == '%' || word[0] == '/'
}

// byteSet says of each byte whether it is in the set.
type byteSet [256]bool

// printableBut is printable ASCII other than a space and the bytes in except.
func printableBut(except string) *byteSet {
	var s byteSet
	for c := '!'; c <= '~'; c++ {
		s[c] = !strings.ContainsRune(except, c)
	}
	return &s
}

// What tags, process ids and the names of structured data are made of.
var tagBytes, procIDBytes, nameBytes = printableBut("[:"), printableBut("[]"), printableBut(`=]"`)

// lengthOf returns how many bytes at the beginning of b are in the set.
func (s *byteSet) lengthOf(b []byte) int {
	for i, c := range b {
		if !s[c] {
			return i
		}
	}
	return len(b)
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

func isAlphanumeric(c byte) bool { return isDigit(c) || isLetter(c) }
