package syslogparse

import (
	"bytes"
	"errors"
	"time"

	"github.com/influxdata/go-syslog/v3"
	"github.com/influxdata/go-syslog/v3/rfc5424"

	"httpd-syslog/forwarder/syslogfmt"
	"httpd-syslog/forwarder/syslogfmt/sdata"
)

// Format is the layout that a message has.
type Format uint8

const (
	Unknown Format = iota
	RFC5424
	RFC3164
)

// Message is a message in its parts. Its slices are parts of what was parsed, or of
// the parser, and valid until either changes; those that the message does not have
// are nil, as is what is "-" in it.
type Message struct {
	Format   Format
	Facility syslogfmt.Facility
	Severity syslogfmt.Severity
	Time     time.Time // zero: it has none
	Host     []byte
	Tag      []byte // APP-NAME
	ProcID   []byte
	MsgID    []byte
	Data     []byte // structured data: as it was sent where Parse accepts the message, else valid
	Text     []byte

	// Elements is Data, by SD-ID and name; of a parameter that is there more than
	// once, the last. Only Parse sets it.
	Elements map[string]map[string]string
}

// ErrFormat: a message is in none of the formats.
var ErrFormat = errors.New(`neither RFC 5424 nor "<PRI>Mmm dd hh:mm:ss "`)

// Parser parses messages. It is not safe for concurrent use.
type Parser struct {
	local   bool
	host    string   // of this machine; local only
	others  []string // further names of it
	rfc5424 syslog.Machine
	stamps  stampCache

	kept []byte // bytes in the place of header fields that are none; they come before the text
	data looseData
}

// NewParser returns a parser of messages that came over a network: where there is
// no tag at once behind the time of RFC 3164, there is the host's name.
func NewParser() *Parser { return &Parser{rfc5424: rfc5424.NewMachine()} }

// NewLocalParser returns a parser of messages of this machine's programs. They
// have no host in RFC 3164, unless it is host, or another name of this machine, in full
// or up to its first dot, before a tag: what else stands there is text.
func NewLocalParser(host string, others ...string) *Parser {
	p := NewParser()
	p.local, p.host, p.others = true, host, others
	return p
}

// SetHost changes the host of a NewLocalParser.
func (p *Parser) SetHost(host string) { p.host = host }

// Parse takes raw apart into m. received is the time of receipt, in the zone of times without
// one, by which a time without a year gets its year. After an error m has no meaning: Salvage
// finds the good parts of such a message.
func (p *Parser) Parse(m *Message, raw []byte, received time.Time) error {
	*m = Message{}
	p.kept = p.kept[:0]
	facility, severity, rest, ok := cutPRI(raw)
	if !ok {
		return ErrFormat
	}
	m.Facility, m.Severity = facility, severity
	if bytes.HasPrefix(rest, version1) {
		return p.parse5424(m, raw, rest)
	}
	if !p.parse3164(m, rest, received) {
		return ErrFormat
	}
	return nil
}

var version1 = []byte("1 ")

// cutPRI cuts "<PRI>" off the front of b.
func cutPRI(b []byte) (f syslogfmt.Facility, s syslogfmt.Severity, rest []byte, ok bool) {
	pri, rest, ok := cutNumber(b)
	f, s = syslogfmt.Facility(pri/8), syslogfmt.Severity(pri%8)
	return f, s, rest, ok && f <= syslogfmt.Local7 && (b[1] != '0' || len(b)-len(rest) == len("<0>"))
}

// cutNumber cuts "<", one to three digits and ">" off the front of b.
func cutNumber(b []byte) (n int, rest []byte, ok bool) {
	end := bytes.IndexByte(b[:min(len(b), len("<191>"))], '>')
	if end < len("<0") || b[0] != '<' {
		return 0, b, false
	}
	for _, c := range b[1:end] {
		if !isDigit(c) {
			return 0, b, false
		}
		n = n*10 + int(c-'0')
	}
	return n, b[end+1:], true
}

// BeginsWithNumber reports whether b begins as a message does: with "<", one to three
// digits and ">".
func BeginsWithNumber(b []byte) bool {
	_, _, ok := cutNumber(b)
	return ok
}

// parse5424 has go-syslog check the message, and then cuts the message itself: go-syslog copies the
// fields, and does not give structured data as it was sent.
func (p *Parser) parse5424(m *Message, raw, rest []byte) error {
	parsed, err := p.rfc5424.Parse(raw)
	if err != nil {
		return err
	}
	s, ok := parsed.(*rfc5424.SyslogMessage)
	if !ok {
		return ErrFormat
	}
	m.Format = RFC5424
	if s.Timestamp != nil {
		m.Time = *s.Timestamp
	}
	if s.StructuredData != nil {
		m.Elements = *s.StructuredData
	}
	var skipped []byte
	for _, field := range []*[]byte{&skipped, &skipped, &m.Host, &m.Tag, &m.ProcID, &m.MsgID} {
		*field, rest, _ = bytes.Cut(rest, space)
		*field = optional(*field)
	}
	m.Data, rest = cutData(rest)
	m.Text = nonEmpty(bytes.TrimPrefix(rest, space))
	return nil
}

var space = []byte{' '}

// cutData cuts STRUCTURED-DATA off the front of b.
func cutData(b []byte) (data, rest []byte) {
	if rest, nothing := bytes.CutPrefix(b, []byte("-")); nothing {
		return nil, rest
	}
	rest = b
	for {
		_, element, more := sdata.Element(rest)
		if element == nil {
			return nonEmpty(b[:len(b)-len(rest)]), rest
		}
		rest = more
	}
}

// keep keeps bytes that are no header field, or too long for one: putBack puts them before the text.
func (p *Parser) keep(b []byte) {
	if len(p.kept) > 0 {
		p.kept = append(p.kept, ' ')
	}
	p.kept = append(p.kept, b...)
}

// putBack puts the bytes that keep has kept before the text.
func (p *Parser) putBack(m *Message) {
	if len(p.kept) == 0 {
		return
	}
	if len(m.Text) > 0 {
		p.keep(m.Text)
	}
	m.Text = p.kept
}

// optional is b, or nil where it is empty or the nil value "-".
func optional(b []byte) []byte {
	if string(b) == "-" {
		return nil
	}
	return nonEmpty(b)
}

func nonEmpty(b []byte) []byte {
	if len(b) == 0 {
		return nil
	}
	return b
}
