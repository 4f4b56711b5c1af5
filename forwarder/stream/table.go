package stream

import (
	"cmp"
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

	head *frame.FileHeader // of the last frame of lines; nil: there was none
	view *View             // its stream
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
	if f.Head != t.head { // else it is of the same file as the last
		t.head, t.view = f.Head, cmp.Or(t.byName[f.Head.Stream], t.audit) // audit: of the end of a file whose header was never whole
	}
	return t.view
}

// All are the streams, in no order.
func (t *Table) All() iter.Seq[*View] { return maps.Values(t.byName) }
