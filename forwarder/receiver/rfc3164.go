package receiver

import (
	"bytes"
	"errors"
	"time"

	"github.com/influxdata/go-syslog/v3/rfc3164"
)

var errNoHeader = errors.New(`neither RFC 5424 nor "<PRI>Mmm dd hh:mm:ss "`)

// header3164 is a message of RFC 3164, cut into its parts but not checked.
type header3164 struct {
	front  []byte // "<PRI>Mmm dd hh:mm:ss "
	host   []byte // nil in the form libc's syslog() writes
	tag    []byte // nil where there is none
	procID []byte
	text   []byte // all that follows
}

// parse3164 shows go-syslog only the front and the host, with a text of our own: its parser takes
// the date of an Apache line for the PID, and fails without a word on a text with a tab.
func (p *parser) parse3164(m *message, raw []byte) error {
	h, ok := split3164(raw)
	if !ok {
		return errNoHeader
	}
	p.scratch = append(p.scratch[:0], h.front...)
	if h.host == nil {
		p.scratch = append(p.scratch, '-')
	} else {
		p.scratch = append(p.scratch, h.host...)
	}
	parsed, err := p.rfc3164.Parse(append(p.scratch, " -"...))
	if err != nil {
		return err
	}
	s, ok := parsed.(*rfc3164.SyslogMessage)
	if !ok || s.Timestamp == nil {
		return errNoParse
	}
	stamp := nearestYear(*s.Timestamp, m.Received)
	m.Format, m.Timestamp, m.Hostname = "rfc3164", &stamp, s.Hostname
	m.setPriority(&s.Base)
	m.AppName, m.ProcID = optional(h.tag), optional(h.procID)
	if len(h.text) > 0 {
		m.Message, m.MessageBase64 = lossless(string(h.text))
	}
	return nil
}

// optional returns b's text, or nil where there is none or the nil value "-".
func optional(b []byte) *string {
	if len(b) == 0 || string(b) == "-" {
		return nil
	}
	s := string(b)
	return &s
}

// split3164 cuts raw into its parts: after the time a tag (libc), or a host and perhaps a tag. Text
// without any tag therefore counts its first word as the host.
func split3164(raw []byte) (h header3164, ok bool) {
	end := bytes.IndexByte(raw[:min(len(raw), len("<191>"))], '>')
	if end < 2 || raw[0] != '<' {
		return h, false
	}
	front := end + 1 + len(time.Stamp) + 1
	if len(raw) < front || raw[front-1] != ' ' {
		return h, false
	}
	h.front = raw[:front]
	rest := raw[front:]
	if h.takeTag(rest) {
		return h, true
	}
	host, rest, _ := bytes.Cut(rest, []byte{' '})
	h.host = host
	if !h.takeTag(rest) {
		h.text = rest
	}
	return h, true
}

// takeTag takes "TAG: text" or "TAG[PROCID]: text". A colon without a space after it ends no tag, so
// that an IPv6 address is none.
func (h *header3164) takeTag(b []byte) bool {
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
	h.tag, h.procID, h.text = tag, procID, rest[min(2, len(rest)):]
	return true
}

// printable returns how many bytes at the beginning of b are printable ASCII other than a space and
// the bytes in except.
func printable(b []byte, except string) int {
	for i, c := range b {
		if c <= ' ' || c > '~' || bytes.IndexByte([]byte(except), c) >= 0 {
			return i
		}
	}
	return len(b)
}

// nearestYear gives a time without a year or a zone received's zone, and the year that brings it
// nearest to received: a message of 31 December may arrive on 1 January.
func nearestYear(t, received time.Time) time.Time {
	var best time.Time
	for year := received.Year() - 1; year <= received.Year()+1; year++ {
		c := time.Date(year, t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, received.Location())
		if best.IsZero() || c.Sub(received).Abs() < best.Sub(received).Abs() {
			best = c
		}
	}
	return best
}
