package receiver

import (
	"bytes"
	"encoding/json"
	"time"
	"unicode"
	"unicode/utf8"

	"httpd-syslog/forwarder/listener"
	"httpd-syslog/forwarder/syslogparse"
)

// stampFormat is RFC 5424's timestamp with all its microseconds, so that columns align.
const stampFormat = "2006-01-02T15:04:05.000000Z07:00"

// printer formats messages and gives them to an output that it may share. It is not safe for
// concurrent use.
type printer struct {
	mode   Mode
	out    *output
	parser *syslogparse.Parser
	buf    bytes.Buffer
	json   *json.Encoder
}

func newPrinter(mode Mode, out *output) *printer {
	p := &printer{mode: mode, out: out, parser: syslogparse.NewParser()}
	p.json = json.NewEncoder(&p.buf)
	p.json.SetEscapeHTML(false)
	return p
}

// print prints a message. A reason that is not empty says why it is not whole.
func (p *printer) print(raw *listener.Raw, reason string) error {
	p.buf.Reset()
	if p.mode == Raw {
		p.buf.Write(raw.Bytes)
		p.buf.WriteByte('\n')
		return p.out.print(p.buf.Bytes())
	}
	var m *message
	if reason != "" {
		m = unparsed(raw.Bytes, raw.Received, raw.From.String(), reason)
	} else {
		m = parse(p.parser, raw.Bytes, raw.Received, raw.From.String())
	}
	if p.mode == JSON {
		if err := p.json.Encode(m); err != nil {
			return err
		}
	} else {
		p.buf.Write(appendText(p.buf.AvailableBuffer(), m))
	}
	return p.out.print(p.buf.Bytes())
}

// appendText appends m as a line of mode Text.
func appendText(dst []byte, m *message) []byte {
	if m.Format == "unparsed" {
		dst = m.Received.AppendFormat(dst, stampFormat)
		dst = append(dst, ' ')
		dst = appendVisible(dst, m.Peer)
		dst = append(dst, " unparsed ("...)
		dst = appendVisible(dst, m.Error)
		dst = append(dst, "): "...)
		dst = appendVisible(dst, *m.Raw)
		return append(dst, '\n')
	}
	dst = appendTime(dst, m.Timestamp)
	dst = append(dst, ' ')
	dst = appendOptional(dst, m.Hostname)
	dst = append(dst, ' ')
	dst = append(dst, *m.Facility+"."+*m.Severity+" "...)
	dst = appendOptional(dst, m.AppName)
	if m.ProcID != nil {
		dst = append(dst, '[')
		dst = appendVisible(dst, *m.ProcID)
		dst = append(dst, ']')
	}
	if seq := m.sequenceID(); seq != "" {
		dst = append(dst, " #"...)
		dst = appendVisible(dst, seq)
	}
	if m.Message != nil {
		dst = append(dst, ' ')
		dst = appendVisible(dst, *m.Message)
	}
	return append(dst, '\n')
}

func appendTime(dst []byte, t *time.Time) []byte {
	if t == nil {
		return append(dst, '-')
	}
	return t.AppendFormat(dst, stampFormat)
}

func appendOptional(dst []byte, s *string) []byte {
	if s == nil {
		return append(dst, '-')
	}
	return appendVisible(dst, *s)
}

// appendVisible appends s with everything that is not a visible character or a space as \xHH:
// control characters, the invisible ones that turn text around, and bytes that are not UTF-8.
func appendVisible(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if unicode.IsGraphic(r) && (r != utf8.RuneError || size > 1) {
			dst = append(dst, s[i:i+size]...)
		} else {
			for _, c := range []byte(s[i : i+size]) {
				dst = append(dst, '\\', 'x', hex[c>>4], hex[c&15])
			}
		}
		i += size
	}
	return dst
}
