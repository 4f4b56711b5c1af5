package stream

import (
	"iter"
	"maps"

	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/syslogfmt"
)

// Table finds the stream of a frame. Each consumer has a table of its own. Not for concurrent use.
type Table struct {
	byName map[string]*View
	audit  *View
	whole  *View // of messages that came whole
}

// NewTable returns the table of the configured streams, and of Audit.
func NewTable(streams []Stream) *Table {
	audit := &View{Stream: Stream{
		Name: Audit, File: AuditFile, Tag: auditTag,
		Facility: syslogfmt.Syslog, Severity: syslogfmt.Notice,
	}}
	whole := &View{Stream: Stream{Name: frame.MessageStream}, head: syslogfmt.Header{Whole: true}}
	t := &Table{byName: map[string]*View{Audit: audit}, audit: audit, whole: whole}
	for _, s := range streams {
		t.byName[s.Name] = &View{Stream: s}
	}
	return t
}

// Known reports whether the stream of a spool file is one that is configured. Files of
// others wait.
func (t *Table) Known(h *frame.FileHeader) bool { return t.byName[h.Stream] != nil }

// Of returns the stream of a frame of a known file.
func (t *Table) Of(f *spool.Frame) *View {
	if f.Kind == frame.Event {
		return t.audit
	}
	if f.Kind == frame.Messages {
		return t.whole
	}
	if s := t.byName[f.Head.Stream]; s != nil {
		return s
	}
	return t.audit // the end of a file whose header was never whole
}

// All are the streams, in no order.
func (t *Table) All() iter.Seq[*View] { return maps.Values(t.byName) }
