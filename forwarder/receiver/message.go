package receiver

import (
	"time"
	"unicode/utf8"

	"httpd-syslog/forwarder/syslogfmt"
	"httpd-syslog/forwarder/syslogparse"
)

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
	Timestamp    *time.Time `json:"timestamp"` // rfc3164 without year and zone: local time, the last that is not later than a day from received
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

// parse returns the message in raw. The result keeps no reference to raw.
func parse(p *syslogparse.Parser, raw []byte, received time.Time, from string) *message {
	var parsed syslogparse.Message
	if err := p.Parse(&parsed, raw, received); err != nil {
		return unparsed(raw, received, from, err.Error())
	}
	m := &message{Format: "rfc3164", Received: received, Peer: from}
	if parsed.Format == syslogparse.RFC5424 {
		m.Format, m.Version = "rfc5424", &version1
	}
	m.setPriority(parsed.Facility, parsed.Severity)
	if !parsed.Time.IsZero() {
		m.Timestamp = &parsed.Time
	}
	m.Hostname, m.AppName = optional(parsed.Host), optional(parsed.Tag)
	m.ProcID, m.MsgID = optional(parsed.ProcID), optional(parsed.MsgID)
	m.StructuredData = parsed.Elements
	if parsed.Text != nil {
		m.Message, m.MessageBase64 = lossless(string(parsed.Text))
	}
	return m
}

var version1 uint16 = 1

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

// optional returns b's text, or nil where there is none.
func optional(b []byte) *string {
	if b == nil {
		return nil
	}
	s := string(b)
	return &s
}

func (m *message) setPriority(f syslogfmt.Facility, s syslogfmt.Severity) {
	facility, severity, code, severityCode := f.String(), s.String(), uint8(f), uint8(s)
	m.Facility, m.FacilityCode = &facility, &code
	m.Severity, m.SeverityCode = &severity, &severityCode
}

// sequenceID returns meta's sequenceId (RFC 5424, 7.3.1), or "".
func (m *message) sequenceID() string { return m.StructuredData["meta"]["sequenceId"] }
