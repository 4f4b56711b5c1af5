// Package render makes the line of a message that came whole: as it stands in a file of a collector, and as
// a relay sends it on.
//
// A message of RFC 5424 stays as it came, but for LF within it, which becomes "#012"; anything else gets such a
// header. What has lost its end says so. The trail of a message that a collector has sent on is known, and no part of
// the line. It is pure.
package render

import (
	"bytes"
	"strconv"
	"time"

	"httpd-syslog/forwarder/collector/trail"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/syslogfmt"
	"httpd-syslog/forwarder/syslogparse"
	"httpd-syslog/forwarder/verify/central"
	"httpd-syslog/forwarder/verify/ledger"
)

// Renderer makes lines of messages. Not for concurrent use.
type Renderer struct {
	central.Message // of the last line
	Form            central.Form
	Line            []byte // with its LF
	DataEnd         int    // where STRUCTURED-DATA ends in Line; 0: there is none
	Trail           trail.Trail
	parser          *syslogparse.Parser
	foreign         syslogparse.Message
}

// New returns a renderer.
func New() *Renderer { return &Renderer{parser: syslogparse.NewParser()} }

// Render makes the line of a message; it is valid until the next call.
func (r *Renderer) Render(m frame.Message, from *frame.Sender, received time.Time) {
	text := bytes.TrimSuffix(m.Bytes, newline)
	r.Line = appendOneLine(r.Line[:0], text)
	if r.Form = r.Parse(r.Line); r.Form == central.Other || !isStamp(r.Stamp) {
		r.parser.ParseOrSalvage(&r.foreign, text, received)
		r.Line = appendForeign(r.Line[:0], &r.foreign, from, received)
		r.parseAgain()
	}
	r.cutTrail()
	if m.Lost != 0 {
		r.Line = appendCut(r.Line, m.Lost)
	}
	r.Line = append(r.Line, '\n')
}

// IsPart reports whether the message is the part of a numbered one that a connection has broken off:
// its number is missing until it comes whole. A PROCID shows that as well, where the number itself is broken off.
func (r *Renderer) IsPart(m frame.Message) bool {
	return m.Lost < 0 && (r.Form == central.Numbered || ledger.WriterOf(string(r.ProcID)) != 0)
}

// cutTrail takes the trail out of the line.
func (r *Renderer) cutTrail() {
	r.DataEnd = 0
	if r.Form == central.Other {
		return
	}
	r.DataEnd = r.endOfData()
	if line := r.Trail.Cut(r.Line, r.DataEnd); len(line) < len(r.Line) {
		r.Line = line
		r.parseAgain()
		r.DataEnd = r.endOfData()
	}
}

// parseAgain parses what a line was made of that was parsed already. Its header is compared with that of the message
// before all the same.
func (r *Renderer) parseAgain() {
	fresh := r.Fresh
	r.Form = r.Parse(r.Line)
	r.Fresh = r.Fresh || fresh
}

// endOfData is where STRUCTURED-DATA ends, which MSG follows behind a blank.
func (r *Renderer) endOfData() int {
	end := len(r.Line) - len(r.Text)
	if r.Line[end-1] == ' ' {
		end--
	}
	return end
}

var newline = []byte{'\n'}

// isStamp reports whether a word looks like TIMESTAMP of RFC 5424.
func isStamp(b []byte) bool {
	return len(b) == 1 && b[0] == '-' || len(b) >= len("2006-01-02T15:04:05Z") && b[4] == '-' && b[10] == 'T'
}

// appendOneLine appends b, with LF as rsyslog writes it.
func appendOneLine(dst, b []byte) []byte {
	for {
		i := bytes.IndexByte(b, '\n')
		if i < 0 {
			return append(dst, b...)
		}
		dst = append(append(dst, b[:i]...), "#012"...)
		b = b[i+1:]
	}
}

// appendForeign appends a message that is not of RFC 5424, as one.
func appendForeign(dst []byte, m *syslogparse.Message, from *frame.Sender, received time.Time) []byte {
	dst = append(dst, '<')
	dst = strconv.AppendInt(dst, int64(syslogfmt.PRI(m.Facility, m.Severity)), 10)
	dst = append(dst, ">1 "...)
	at := m.Time
	if at.IsZero() {
		at = received.UTC()
	}
	dst = at.AppendFormat(dst, "2006-01-02T15:04:05.000000Z07:00")
	host := m.Host
	if len(host) == 0 {
		host = from.Addr
	}
	for _, word := range [][]byte{host, m.Tag, m.ProcID, m.MsgID} {
		dst = appendWord(append(dst, ' '), word)
	}
	dst = append(dst, ' ')
	if len(m.Data) == 0 {
		dst = append(dst, '-')
	}
	dst = appendOneLine(dst, m.Data)
	return appendOneLine(append(dst, ' '), m.Text)
}

// appendWord appends b as a word of a header; "-" where it is empty.
func appendWord(dst, b []byte) []byte {
	const most = 255
	if len(b) == 0 {
		return append(dst, '-')
	}
	for _, c := range b[:min(len(b), most)] {
		if c <= ' ' || c > '~' {
			c = '_'
		}
		dst = append(dst, c)
	}
	return dst
}

// appendCut appends the mark of a message that has lost its end.
func appendCut(dst []byte, lost int) []byte {
	dst = append(dst, " [httpd_syslog: cut here"...)
	if lost > 0 {
		dst = append(dst, ", "...)
		dst = strconv.AppendInt(dst, int64(lost), 10)
		dst = append(dst, " bytes"...)
	}
	return append(dst, ']')
}
