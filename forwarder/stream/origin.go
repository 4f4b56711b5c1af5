package stream

import (
	"strings"
	"time"

	"httpd-syslog/forwarder/localtime"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/syslogfmt"
)

// originHeader is the header of lines that came as syslog. They are sent on with the header that they
// were received with, but for PROCID, to which the writer is added: process ids repeat, and
// sequenceId counts the lines of a writer. A message without MSGID gets the stream's name.
type originHeader struct {
	head   syslogfmt.Header
	file   *spool.File // of the last frame
	writer string
	procID string // as received
}

// of returns the header of a frame's lines, which is valid until the next call. It makes texts only
// when they change, so that it allocates nothing for most lines.
func (h *originHeader) of(s *View, f *spool.Frame, o *frame.Origin) *syslogfmt.Header {
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

// originTime is the message's own time; of a message without one, the time of its receipt.
func originTime(f *spool.Frame, o *frame.Origin) time.Time {
	if o.Time.IsZero() {
		return f.Time.In(localtime.Zone())
	}
	return o.Time
}
