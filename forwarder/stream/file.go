package stream

import (
	"bytes"
	"strconv"
	"time"

	"httpd-syslog/forwarder/localtime"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/syslogfmt"
)

var newline = []byte{'\n'}

// AppendEvent appends an event as it stands in AuditFile.
func AppendEvent(dst []byte, f *spool.Frame, text []byte) []byte {
	var pid [20]byte
	h := localHead{
		time: f.Time.In(localtime.Zone()), tag: []byte(auditTag), procID: strconv.AppendUint(pid[:0], uint64(f.Head.File.Writer.PID), 10),
		number: f.First, facility: syslogfmt.Syslog, severity: syslogfmt.Severity(f.Severity),
	}
	dst = h.append(dst, f.Head.Host)
	return append(append(dst, bytes.TrimSuffix(text, newline)...), '\n')
}

// AppendReceived appends lines that came as syslog, as they stand in the local file. A message
// without text has its structured data in the text's place.
func AppendReceived(dst []byte, f *spool.Frame, s *View) []byte {
	o, _ := frame.ParseOrigin(f.Origin) // an origin that cannot be read says nothing
	h := localHead{time: originTime(f, &o), host: o.Host, tag: o.Tag, procID: o.ProcID, facility: s.Facility, number: f.First}
	for line := range bytes.Lines(f.Payload) {
		h.severity = s.SeverityOf(f, line)
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

// byteOrderMark says that the text behind it is UTF-8 (RFC 5424, 6.4). It is no part of the text.
var byteOrderMark = []byte("\xef\xbb\xbf")

// appendWord appends b as one word: '_' stands for each byte that could be taken for the word's end.
// Where b is empty it appends otherwise.
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
