package syslogparse

import (
	"bytes"
	"time"

	"httpd-syslog/forwarder/syslogfmt"
)

// ParseOrSalvage takes raw apart into m: by Parse where the message is valid and its host can be
// one, and otherwise by Salvage. whole: by Parse. hasPRI and received are as in those.
func (p *Parser) ParseOrSalvage(m *Message, raw []byte, received time.Time) (whole, hasPRI bool) {
	if p.Parse(m, raw, received) == nil && (m.Host == nil || IsHost(m.Host)) {
		return true, true
	}
	return false, p.Salvage(m, raw, received)
}

// Salvage takes apart a message that Parse refuses, and keeps every good header field. Bytes in the
// place of a field that are none, and the rest of a field that is too long, come before the text:
// nothing of a message is lost. It reports whether there was a PRI; a message without one is
// user.notice (RFC 3164, 4.3.3). received is as in Parse.
func (p *Parser) Salvage(m *Message, raw []byte, received time.Time) (hasPRI bool) {
	*m = Message{}
	p.kept = p.kept[:0]
	pri, rest, numbered := cutNumber(raw)
	hasPRI = numbered && pri <= maxPRI
	if !hasPRI {
		pri = syslogfmt.PRI(syslogfmt.User, syslogfmt.Notice)
		p.keep(raw[:len(raw)-len(rest)])
	}
	m.Facility, m.Severity = syslogfmt.Facility(pri/8), syslogfmt.Severity(pri%8)
	switch {
	case p.salvage5424(m, rest, received), p.parse3164(m, rest, received):
	case !hasPRI:
		m.Text = nonEmpty(raw)
	case m.takeTag(rest, !p.local), !p.local && m.takeNumberedHost(rest):
	default:
		m.Text = nonEmpty(rest)
	}
	return hasPRI
}

// takeNumberedHost takes "HOST TAG: text" where no time says that a header begins. So that
// it is no sentence, the host has a digit or a dot, or the tag a PROCID.
func (m *Message) takeNumberedHost(b []byte) bool {
	before := *m
	if m.takeHostAndTag(b) && (m.ProcID != nil || bytes.ContainsAny(m.Host, "0123456789.:")) {
		return true
	}
	*m = before
	return false
}

// maxPRI is local7.debug.
const maxPRI = 191

// salvage5424 takes apart a message that begins as one of RFC 5424 and is not valid. It returns
// false, and leaves m as it was, if the message is of another format.
func (p *Parser) salvage5424(m *Message, b []byte, received time.Time) bool {
	rest, ok := bytes.CutPrefix(skipSpaces(b), version1)
	if !ok {
		return false
	}
	if rest, ok = p.salvageTime(m, rest, received); !ok {
		return false
	}
	m.Format = RFC5424
	host := p.cutField(&rest, maxHost)
	if host == nil || IsHost(host) {
		m.Host = host
	} else {
		p.keep(host)
	}
	m.Tag, m.ProcID, m.MsgID = p.cutField(&rest, maxTag), p.cutField(&rest, maxProcID), p.cutField(&rest, maxMsgID)
	m.Data, rest = p.data.cut(rest)
	m.Text = nonEmpty(bytes.TrimPrefix(rest, space))
	p.putBack(m)
	return true
}

// salvageTime cuts TIMESTAMP and its space off the front of b. A word that begins as a date does, and
// is no time, is kept for the text. ok is false if b begins with neither.
func (p *Parser) salvageTime(m *Message, b []byte, received time.Time) (rest []byte, ok bool) {
	var w wallTime
	if rest, ok = w.cut(b); ok {
		m.Time, ok = w.at(received)
	}
	switch word := firstWord(b); {
	case ok:
	case string(word) == "-" && bytes.Count(b, space) >= fieldsBehindTime:
		rest = b[1:]
	case len(word) > len("2006-") && isNumber(word[:4]) && word[4] == '-':
		p.keep(word)
		rest = b[len(word):]
	default:
		return b, false
	}
	return bytes.TrimPrefix(rest, space), true
}

// fieldsBehindTime is how many header fields follow TIMESTAMP. Without a time, fewer
// words are rather a text that begins with "1 - ".
const fieldsBehindTime = 4

// cutField cuts a header field and its space off the front of *b. What exceeds limit
// bytes is kept for the text.
func (p *Parser) cutField(b *[]byte, limit int) []byte {
	field, rest, _ := bytes.Cut(*b, space)
	*b = rest
	if len(field) > limit {
		p.keep(field[limit:])
		field = field[:limit]
	}
	return optional(field)
}
