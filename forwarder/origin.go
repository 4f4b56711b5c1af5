package forwarder

import (
	"bytes"
	"strconv"
	"strings"
	"time"

	"httpd-syslog/forwarder/localtime"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/syslogfmt"
)

// originHeader is the header of lines that came as syslog. It is sent on as it
// was received, but for PROCID, to which the writer is added: process ids repeat,
// and sequenceId counts the lines of a writer. What had no MSGID has the stream's.
type originHeader struct {
	head   syslogfmt.Header
	file   *spool.File // of the last frame
	writer string
	procID string // as received
}

// of is valid until the next call. Texts are made only when they change.
func (h *originHeader) of(s *stream, f *spool.Frame, o *spool.Origin) *syslogfmt.Header {
	if h.file != f.File {
		h.file, h.writer = f.File, f.Head.File.Writer.String()
		h.head.Facility = s.Facility
		h.setProcID(h.procID)
	}
	if h.procID != string(o.ProcID) {
		h.setProcID(string(o.ProcID))
	}
	h.head.Time = originTime(f, o)
	setText(&h.head.Hostname, o.Host, f.Head.Host)
	setText(&h.head.Tag, o.Tag, "")
	setText(&h.head.MsgID, o.MsgID, s.Name)
	h.head.Data = o.Data
	return &h.head
}

// maxProcID is RFC 5424's limit of PROCID in bytes.
const maxProcID = 128

func (h *originHeader) setProcID(procID string) {
	h.procID, h.head.TagPID = procID, procID
	short := procID[:min(len(procID), maxProcID-len("-")-len(h.writer))]
	h.head.ProcID = strings.TrimPrefix(short+"-"+h.writer, "-")
}

// setText sets *to to b, or where that is empty to otherwise.
func setText(to *string, b []byte, otherwise string) {
	switch {
	case len(b) == 0:
		*to = otherwise
	case *to != string(b):
		*to = string(b)
	}
}

// originTime is the message's own time, or where it has none that of its receipt.
func originTime(f *spool.Frame, o *spool.Origin) time.Time {
	if o.Time.IsZero() {
		return f.Time.In(localtime.Zone())
	}
	return o.Time
}

// receivedLines are lines that came as syslog, as they stand in the local file. A message
// without text has its structured data there.
func receivedLines(dst []byte, f *spool.Frame, s *stream) []byte {
	o, _ := spool.ParseOrigin(f.Origin) // one that is none says nothing
	h := localHead{time: originTime(f, &o), host: o.Host, tag: o.Tag, procID: o.ProcID, facility: s.Facility, number: f.First}
	for line := range bytes.Lines(f.Payload) {
		h.severity = s.severity(f, line)
		dst = h.append(dst, f.Head.Host)
		if text := bytes.TrimPrefix(line, byteOrderMark); len(text) > len("\n") {
			dst = append(dst, text...)
		} else {
			dst = append(appendOneLine(dst, o.Data), '\n')
		}
		h.number++
	}
	return dst
}

// localHead is what stands before the text of a line in a local file, where that is not the
// web server's own:
//
//	TIME HOST TAG[PROCID]: [ID NUMBER FACILITY.SEVERITY] TEXT
//
// It is the form of syslog files, and severity has the place that Solaris's syslogd gives it:
// what reads such files (fail2ban among others) passes over that group, and over no other
// word there. NUMBER is the sequenceId that the message has on the wire.
type localHead struct {
	time              time.Time
	host, tag, procID []byte
	number            uint64
	facility          syslogfmt.Facility
	severity          syslogfmt.Severity
}

// append appends the head and a blank. Where the message has no host it is ours.
func (h *localHead) append(dst []byte, ours string) []byte {
	dst = h.time.AppendFormat(dst, "2006-01-02T15:04:05.000000Z07:00")
	dst = append(dst, ' ')
	dst = appendWord(dst, h.host, ours)
	dst = append(dst, ' ')
	dst = appendWord(dst, h.tag, "-")
	if len(h.procID) > 0 {
		dst = append(dst, '[')
		dst = appendWord(dst, h.procID, "")
		dst = append(dst, ']')
	}
	dst = append(dst, ": [ID "...)
	dst = strconv.AppendUint(dst, h.number, 10)
	dst = append(dst, ' ')
	dst = append(dst, h.facility.String()...)
	dst = append(dst, '.')
	dst = append(dst, h.severity.String()...)
	return append(dst, "] "...)
}

// appendOneLine appends b, with LF as "\n".
func appendOneLine(dst, b []byte) []byte {
	for _, c := range b {
		if c == '\n' {
			dst = append(dst, '\\', 'n')
		} else {
			dst = append(dst, c)
		}
	}
	return dst
}

// byteOrderMark says in RFC 5424, 6.4 that the text is UTF-8. It is no part of it.
var byteOrderMark = []byte("\xef\xbb\xbf")

// appendWord appends b with everything that could be taken for the end of it as
// '_'; otherwise where it is empty.
func appendWord(dst, b []byte, otherwise string) []byte {
	if len(b) == 0 {
		return append(dst, otherwise...)
	}
	for _, c := range b {
		if c <= ' ' || c > '~' {
			c = '_'
		}
		dst = append(dst, c)
	}
	return dst
}
