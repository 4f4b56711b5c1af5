package syslogparse

import (
	"bytes"
	"time"

	"httpd-syslog/forwarder/syslogfmt"
)

// Take takes raw apart into m, by Parse where that takes it and has a host that is one, else
// by Salvage. whole reports which; hasPRI and received are as in those.
func (p *Parser) Take(m *Message, raw []byte, received time.Time) (whole, hasPRI bool) {
	if p.Parse(m, raw, received) == nil && (m.Host == nil || IsHost(m.Host)) {
		return true, true
	}
	return false, p.Salvage(m, raw, received)
}

// Salvage takes apart what Parse refuses, and keeps every header field that is good.
// What is in the place of one and is none, and of one that is too long the rest, comes
// before the text: nothing of a message is lost. It reports whether there was a PRI;
// what has none is user.notice (RFC 3164, 4.3.3). received is as in Parse.
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

// salvage5424 takes apart a message of RFC 5424 that is not as that has it. false: it is
// of another format, and m has no more than before.
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

// salvageTime cuts TIMESTAMP and its space off the front of b. Something with a date's
// beginning that is no time is kept for the text. false: there is nothing of the kind.
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
