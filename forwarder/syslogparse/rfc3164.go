package syslogparse

import (
	"bytes"
	"strings"
	"time"
)

// maxHost is the longest host name, in bytes, as RFC 5424, 6.2.4 has it.
const maxHost = 255

// parse3164 parses what follows PRI.
func (p *Parser) parse3164(m *Message, rest []byte, received time.Time) error {
	stamp, rest, ok := p.cutTime(rest, received)
	if !ok {
		return ErrFormat
	}
	if !m.takeTag(rest) {
		if rest, ok = p.takeHost(m, rest); !ok {
			return ErrFormat
		}
		if !m.takeTag(rest) {
			m.Text = nonEmpty(rest)
		}
	}
	m.Format, m.Time = RFC3164, stamp
	return nil
}

// cutTime cuts a time and a space off the front of b.
func (p *Parser) cutTime(b []byte, received time.Time) (t time.Time, rest []byte, ok bool) {
	n := len(time.Stamp)
	if len(b) > 0 && isDigit(b[0]) {
		n = bytes.IndexByte(b[:min(len(b), len(time.RFC3339Nano)+1)], ' ')
	}
	if n < 0 || len(b) <= n || b[n] != ' ' {
		return t, nil, false
	}
	if n == len(time.Stamp) && !isDigit(b[0]) {
		t, ok = p.stamps.parse(b[:n], received)
		return t, b[n+1:], ok
	}
	t, err := time.Parse(time.RFC3339, string(b[:n]))
	return t, b[n+1:], err == nil
}

// takeHost takes "HOST " off the front of b. On the network the word there is the
// host's name, and text without any tag therefore loses its first word to it, as
// RFC 3164, 4.1.2 wants. From a local program no other word than this machine's
// name counts, and only before a tag.
func (p *Parser) takeHost(m *Message, b []byte) (rest []byte, ok bool) {
	host, rest, _ := bytes.Cut(b, space)
	if p.local {
		var behind Message
		if p.isOwnName(host) && behind.takeTag(rest) {
			m.Host = host
			return rest, true
		}
		return b, true
	}
	if n := len(host); n == 0 || n > maxHost || printable(host, "") != n {
		return nil, false
	}
	m.Host = optional(host)
	return rest, true
}

func (p *Parser) isOwnName(name []byte) bool {
	short, _, _ := strings.Cut(p.host, ".")
	return len(name) > 0 && (string(name) == p.host || string(name) == short)
}

// takeTag takes "TAG: text" or "TAG[PROCID]: text". A colon without a space after it ends no tag, so
// that an IPv6 address is none.
func (m *Message) takeTag(b []byte) bool {
	n := printable(b, "[:")
	tag, rest := b[:n], b[n:]
	var procID []byte
	if len(rest) > 0 && rest[0] == '[' {
		n = printable(rest[1:], "[]")
		procID, rest = rest[1:1+n], rest[1+n:]
		if n == 0 || len(rest) == 0 || rest[0] != ']' {
			return false
		}
		rest = rest[1:]
	}
	if len(tag) == 0 || len(rest) == 0 || rest[0] != ':' || len(rest) > 1 && rest[1] != ' ' {
		return false
	}
	m.Tag, m.ProcID, m.Text = optional(tag), optional(procID), nonEmpty(rest[min(2, len(rest)):])
	return true
}

// printable returns how many bytes at the beginning of b are printable ASCII other than a space and
// the bytes in except.
func printable(b []byte, except string) int {
	for i, c := range b {
		if c <= ' ' || c > '~' || strings.IndexByte(except, c) >= 0 {
			return i
		}
	}
	return len(b)
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
