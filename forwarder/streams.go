package forwarder

import (
	"bytes"
	"strconv"

	"httpd-syslog/forwarder/localtime"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/syslogfmt"
)

// Stream is a kind of lines: what they are called on the wire, and their file.
type Stream struct {
	Name     string
	File     string // in the log directory; with "{vhost}" in it there is one for each virtual host
	MaxFiles int    // of these; 0: DefaultMaxFiles
	Facility syslogfmt.Facility
	Severity syslogfmt.Severity
	Auto     bool // the severity is in each line, as Apache's level; Severity is that of lines without
	Tag      string
}

// stream is a Stream as the consumers use it.
type stream struct {
	Stream
	head syslogfmt.Header // of the last frame
	file *spool.File      // of the last frame
	from originHeader     // of the last frame with an origin

	hosts *hostFiles // nil: it has one file
}

// streamTable finds a frame's stream. Each consumer has its own.
type streamTable struct {
	byName map[string]*stream
	audit  *stream
}

func newStreamTable(streams []Stream) *streamTable {
	audit := &stream{Stream: Stream{
		Name: AuditStream, File: AuditFile, Tag: auditTag,
		Facility: facilitySyslog, Severity: syslogfmt.Notice,
	}}
	t := &streamTable{byName: map[string]*stream{AuditStream: audit}, audit: audit}
	for _, s := range streams {
		t.byName[s.Name] = &stream{Stream: s, hosts: hostsOf(&s)}
	}
	return t
}

var newline = []byte{'\n'}

const facilitySyslog syslogfmt.Facility = 5

// known reports whether the file's stream is one that is configured. Files of
// others wait.
func (t *streamTable) known(h *spool.Header) bool { return t.byName[h.Stream] != nil }

// of returns the stream of a frame of a known file.
func (t *streamTable) of(f *spool.Frame) *stream {
	if f.Kind == spool.Event {
		return t.audit
	}
	if s := t.byName[f.Head.Stream]; s != nil {
		return s
	}
	return t.audit // the end of a file whose header was never whole
}

// ofFile returns the stream that a file in the log directory is of, and the virtual host; nil: of none.
func (t *streamTable) ofFile(name string) (st *stream, host string) {
	for _, st := range t.byName {
		if st.hosts == nil && st.File == name {
			return st, ""
		}
		if st.hosts == nil {
			continue
		}
		if host, ok := st.hosts.host(name); ok {
			return st, host
		}
	}
	return nil, ""
}

// header is what the frame's messages have in common. It is valid until the
// next call.
func (s *stream) header(f *spool.Frame) *syslogfmt.Header {
	if o, ok := spool.ParseOrigin(f.Origin); ok {
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

func (s *stream) severity(f *spool.Frame, line []byte) syslogfmt.Severity {
	switch {
	case f.Severity != spool.StreamSeverity:
		return syslogfmt.Severity(f.Severity)
	case s.Auto:
		return syslogfmt.ApacheLevel(line, s.Severity)
	}
	return s.Severity
}

// auditLine is an event as it stands in the local file.
func auditLine(dst []byte, f *spool.Frame, text []byte) []byte {
	var pid [20]byte
	h := localHead{
		time: f.Time.In(localtime.Zone()), tag: []byte(auditTag), procID: strconv.AppendUint(pid[:0], uint64(f.Head.File.Writer.PID), 10),
		number: f.First, facility: facilitySyslog, severity: syslogfmt.Severity(f.Severity),
	}
	dst = h.append(dst, f.Head.Host)
	return append(append(dst, bytes.TrimSuffix(text, newline)...), '\n')
}
