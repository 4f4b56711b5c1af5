package receiver

import (
	"bytes"
	"errors"
	"time"
	"unicode/utf8"

	syslog "github.com/influxdata/go-syslog/v3"
	"github.com/influxdata/go-syslog/v3/rfc3164"
	"github.com/influxdata/go-syslog/v3/rfc5424"

	"httpd-syslog/forwarder/syslogfmt"
)

// errNoParse stands in where the parser returns neither a message nor an error.
var errNoParse = errors.New("not a syslog message")

// message is one message, and the object that mode JSON prints for it. Fields the message does not
// have are null; of the last five, only those that apply are there.
type message struct {
	Format       string     `json:"format"` // rfc5424, rfc3164 or unparsed
	Received     time.Time  `json:"received"`
	Peer         string     `json:"peer"` // IP:PORT, a unix socket's name, or "unix"
	Facility     *string    `json:"facility"`
	FacilityCode *uint8     `json:"facility_code"`
	Severity     *string    `json:"severity"`
	SeverityCode *uint8     `json:"severity_code"`
	Version      *uint16    `json:"version"`
	Timestamp    *time.Time `json:"timestamp"` // rfc3164: local time in the year nearest to received
	Hostname     *string    `json:"hostname"`
	AppName      *string    `json:"app_name"`
	ProcID       *string    `json:"procid"`
	MsgID        *string    `json:"msgid"`

	StructuredData map[string]map[string]string `json:"structured_data"`

	// Message is the text. JSON is UTF-8: where the text is not, its bad bytes are U+FFFD here and
	// the bytes themselves follow.
	Message       *string `json:"message"`
	MessageBase64 []byte  `json:"message_base64,omitempty"`

	// Of what did not parse: why, and the whole of it, in the same two forms.
	Error     string  `json:"error,omitempty"`
	Raw       *string `json:"raw,omitempty"`
	RawBase64 []byte  `json:"raw_base64,omitempty"`
}

// parser parses messages. It is not safe for concurrent use.
type parser struct {
	rfc5424 syslog.Machine
	rfc3164 syslog.Machine
	scratch []byte
}

func newParser() *parser {
	return &parser{rfc5424: rfc5424.NewMachine(), rfc3164: rfc3164.NewMachine()}
}

// parse returns the message in raw. The result keeps no reference to raw.
func (p *parser) parse(raw []byte, received time.Time, from string) *message {
	m := &message{Received: received, Peer: from}
	parse := p.parse3164
	if is5424(raw) {
		parse = p.parse5424
	}
	if err := parse(m, raw); err != nil {
		return unparsed(raw, received, from, err.Error())
	}
	return m
}

// unparsed returns the message for bytes that are none.
func unparsed(raw []byte, received time.Time, from, reason string) *message {
	m := &message{Format: "unparsed", Received: received, Peer: from, Error: reason}
	m.Raw, m.RawBase64 = lossless(string(raw))
	return m
}

// lossless returns text, and its bytes as well where it is not UTF-8.
func lossless(text string) (*string, []byte) {
	if utf8.ValidString(text) {
		return &text, nil
	}
	return &text, []byte(text)
}

// is5424 tells whether raw begins with "<PRI>1 ".
func is5424(raw []byte) bool {
	end := bytes.IndexByte(raw[:min(len(raw), len("<191>"))], '>')
	return end > 0 && bytes.HasPrefix(raw[end:], []byte(">1 "))
}

func (p *parser) parse5424(m *message, raw []byte) error {
	parsed, err := p.rfc5424.Parse(raw)
	if err != nil {
		return err
	}
	s, ok := parsed.(*rfc5424.SyslogMessage)
	if !ok {
		return errNoParse
	}
	m.Format = "rfc5424"
	m.Version = &s.Version
	m.setPriority(&s.Base)
	m.Timestamp, m.Hostname, m.AppName, m.ProcID, m.MsgID = s.Timestamp, s.Hostname, s.Appname, s.ProcID, s.MsgID
	if s.StructuredData != nil {
		m.StructuredData = *s.StructuredData
	}
	if s.Message != nil {
		m.Message, m.MessageBase64 = lossless(*s.Message)
	}
	return nil
}

func (m *message) setPriority(b *syslog.Base) {
	facility, severity := syslogfmt.Facility(*b.Facility).String(), syslogfmt.Severity(*b.Severity).String()
	m.Facility, m.FacilityCode = &facility, b.Facility
	m.Severity, m.SeverityCode = &severity, b.Severity
}

// sequenceID returns meta's sequenceId (RFC 5424, 7.3.1), or "".
func (m *message) sequenceID() string { return m.StructuredData["meta"]["sequenceId"] }
