package stream

import (
	"httpd-syslog/forwarder/localtime"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/syslogfmt"
)

// Stream is a kind of lines: what they are called on the wire, and their file.
type Stream struct {
	Name     string
	File     string // in the log directory; with "{vhost}" in it there is one for each virtual host
	MaxFiles int    // of these; 0: the local log's default
	Facility syslogfmt.Facility
	Severity syslogfmt.Severity
	Auto     bool // the severity is in each line, as Apache's level; Severity is that of lines without
	Tag      string
}

// Audit is the stream of the events: what happens to the log is itself
// logged (PCI DSS 10.2.1.6, 10.7), locally and at every relay.
const Audit = "audit"

// AuditFile is the file of the events in the log directory.
const AuditFile = "audit_log"

const auditTag = "httpd_syslog"

// View is a Stream as one consumer uses it. Not for concurrent use.
type View struct {
	Stream
	head syslogfmt.Header // of the last frame
	file *spool.File      // of the last frame
	from originHeader     // of the last frame with an origin
}

// Header is what the frame's messages have in common. It is valid until the
// next call.
func (s *View) Header(f *spool.Frame) *syslogfmt.Header {
	if s.head.Whole {
		return &s.head
	}
	if o, ok := frame.ParseOrigin(f.Origin); ok {
		return s.from.of(s, f, &o)
	}
	s.head.Time = f.Time.In(localtime.Zone())
	if s.file == f.File {
		return &s.head
	}
	s.file = f.File
	s.head.Facility, s.head.Tag, s.head.MsgID = s.Facility, s.Tag, s.Name
	s.head.Hostname = f.Head.Host
	s.head.PID, s.head.ProcID = int(f.Head.File.Writer.PID), f.Head.File.Writer.ProcID()
	return &s.head
}

// SeverityOf is the severity of one of the frame's lines.
func (s *View) SeverityOf(f *spool.Frame, line []byte) syslogfmt.Severity {
	switch {
	case f.Severity != frame.StreamSeverity:
		return syslogfmt.Severity(f.Severity)
	case s.Auto:
		return syslogfmt.ApacheLevel(line, s.Severity)
	}
	return s.Severity
}
