package syslogparse

import "httpd-syslog/forwarder/syslogfmt"

// Salvage takes apart what Parse refuses, as RFC 3164, 4.3 has it: behind a PRI
// there is the text, or a tag and the text; without a PRI the whole is text of
// user.notice. It reports whether there was a PRI.
func (p *Parser) Salvage(m *Message, raw []byte) (hasPRI bool) {
	*m = Message{Facility: syslogfmt.User, Severity: syslogfmt.Notice}
	facility, severity, rest, hasPRI := cutPRI(raw)
	if hasPRI {
		m.Facility, m.Severity = facility, severity
	} else {
		rest = raw
	}
	if !hasPRI || !m.takeTag(rest) {
		m.Text = nonEmpty(rest)
	}
	return hasPRI
}
