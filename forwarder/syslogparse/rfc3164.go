package syslogparse

import (
	"bytes"
	"strings"
	"time"
)

// parse3164 parses what follows PRI. It reports false, and m has no more than before,
// where no time is there.
func (p *Parser) parse3164(m *Message, b []byte, received time.Time) bool {
	b = skipSpaces(b)
	stamp, rest, ok := p.cutTime(b, received)
	if !ok && !p.local {
		stamp, rest, ok = p.cutNumbered(m, b, received)
	}
	if !ok {
		return false
	}
	m.Format, m.Time = RFC3164, stamp
	rest = bytes.TrimPrefix(rest, space)
	if p.local {
		p.splitLocal(m, rest)
	} else {
		splitNames(m, rest)
	}
	p.putBack(m)
	return true
}

// cutTime cuts a time off the front of b, as far as a space or the end.
func (p *Parser) cutTime(b []byte, received time.Time) (t time.Time, rest []byte, ok bool) {
	const n = len(time.Stamp)
	if len(b) > n && b[n] == ' ' && b[0] >= 'A' && !isYear(b[n+1:]) && !isUTC(b[n+1:]) {
		if t, ok = p.stamps.parse(b[:n], received); ok {
			return t, b[n:], true
		}
	}
	var w wallTime
	if rest, ok = w.cut(b); !ok {
		return t, b, false
	}
	t, ok = w.at(received)
	return t, rest, ok
}

// cutNumbered cuts a number and, if it is there, a host off the front of b, each with
// a colon, and then a time: so do routers.
func (p *Parser) cutNumbered(m *Message, b []byte, received time.Time) (t time.Time, rest []byte, ok bool) {
	number, behind, ok := bytes.Cut(b, colonSpace)
	if !ok || len(number) > len("4294967295") || !isNumber(number) {
		return t, b, false
	}
	if t, rest, ok = p.cutTime(behind, received); !ok {
		var host []byte
		if host, behind, ok = bytes.Cut(behind, colonSpace); !ok || !IsHost(host) {
			return t, b, false
		}
		if t, rest, ok = p.cutTime(behind, received); !ok {
			return t, b, false
		}
		m.Host = host
	}
	p.keep(b[:len(number)+1])
	return t, rest, true
}

var colonSpace = []byte(": ")

func isNumber(b []byte) bool {
	for _, c := range b {
		if !isDigit(c) {
			return false
		}
	}
	return len(b) > 0
}

// splitNames splits b into a host, a tag and the text behind them. A word
// that can be a host's name is one, unless it is a tag: text without any tag loses its
// first word to it, as RFC 3164, 4.1.2 wants. Behind two spaces there is no host, or none
// was known, as with nginx while it starts: then a host is one only before a tag.
func splitNames(m *Message, b []byte) {
	names := skipSpaces(b)
	word := firstWord(names)
	switch {
	case !isIPv6(word) && m.takeTag(names, true), m.Host == nil && m.takeHostAndTag(names):
	case len(names) == len(b) && m.Host == nil && isFirstHost(word):
		m.splitHost(names)
	default:
		m.Text = nonEmpty(names)
	}
}

// takeHostAndTag takes "HOST TAG: text", and with a PROCID and without a space as takeTag.
func (m *Message) takeHostAndTag(b []byte) bool {
	word := firstWord(b)
	if !isFirstHost(word) || !m.takeTag(skipSpaces(b[len(word):]), true) {
		return false
	}
	m.Host = optional(word)
	return true
}

// splitHost splits "HOST text", whose text may begin with a tag without a colon.
func (m *Message) splitHost(b []byte) {
	word := firstWord(b)
	m.Host = optional(word)
	if b = bytes.TrimPrefix(b[len(word):], space); !m.takeBareTag(b) {
		m.Text = nonEmpty(b)
	}
}

// isFirstHost reports whether the word behind the time can be a host. One that is longer
// than a tag may be, and has no dot, is text.
func isFirstHost(word []byte) bool {
	return string(word) == "-" || IsHost(word) && (len(word) <= maxTag || bytes.IndexByte(word, '.') > 0)
}

// splitLocal splits b into a tag and the text behind it. No other word than
// this machine's name is a host, and only before a tag.
func (p *Parser) splitLocal(m *Message, b []byte) {
	names := skipSpaces(b)
	if m.takeTag(names, false) {
		return
	}
	if word := firstWord(names); p.isOwnName(word) && m.takeTag(skipSpaces(names[len(word):]), false) {
		m.Host = word
		return
	}
	m.Text = nonEmpty(b)
}

func (p *Parser) isOwnName(name []byte) bool {
	if len(name) == 0 {
		return false
	}
	for _, own := range p.others {
		if isNameOf(name, own) {
			return true
		}
	}
	return isNameOf(name, p.host)
}

// isNameOf reports whether name is that of a host, in full or up to its first dot.
func isNameOf(name []byte, host string) bool {
	short, _, _ := strings.Cut(host, ".")
	return string(name) == host || string(name) == short
}
