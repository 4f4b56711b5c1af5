package stream

import (
	"slices"
	"testing"
	"time"

	"httpd-syslog/forwarder/localtime"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/syslogfmt"
)

// spooled is a frame of a file of that writer.
func spooled(writer uint32, host, stream string, kind frame.Kind) *spool.Frame {
	id := frame.FileID{Writer: frame.WriterID{ID: 0x19ac2f4a1b9f3a1, PID: writer}, Number: 1}
	return &spool.Frame{
		Frame: frame.Frame{Kind: kind, Severity: frame.StreamSeverity, Time: time.Unix(1e9, 0), First: 1, Lines: 1, Payload: []byte("x\n")},
		File:  &spool.File{ID: id}, Head: &frame.FileHeader{File: id, Host: host, Stream: stream},
	}
}

// TestStreamOfAFrame: lines are of the stream of their file, events of the audit log wherever they stand, and messages
// come whole. What nobody has configured waits.
func TestStreamOfAFrame(t *testing.T) {
	table := NewTable([]Stream{{Name: "access", Tag: "httpd"}, {Name: "error"}})
	for _, tt := range []struct {
		f     *spool.Frame
		want  string
		known bool
	}{
		{spooled(1, "web1", "access", frame.Lines), "access", true},
		{spooled(1, "web1", "error", frame.Lines), "error", true},
		{spooled(1, "web1", "access", frame.Event), Audit, true},
		{spooled(1, "web1", Audit, frame.Event), Audit, true},
		{spooled(1, "web1", frame.MessageStream, frame.Messages), frame.MessageStream, false},
		{spooled(1, "web1", "", frame.Lines), Audit, false},
	} {
		for range 2 { // frames of one file mostly follow each other
			if v := table.Of(tt.f); v == nil || v.Name != tt.want || table.Known(tt.f.Head) != tt.known {
				t.Errorf("%s, kind %d: %+v, known %v", tt.f.Head.Stream, tt.f.Kind, v, !tt.known)
			}
		}
	}
	audit := table.Of(spooled(1, "web1", "access", frame.Event))
	if audit.File != AuditFile || audit.Tag != "httpd_syslog" || audit.Facility != syslogfmt.Syslog || audit.Severity != syslogfmt.Notice {
		t.Errorf("%+v", audit)
	}
	whole := table.Of(spooled(1, "web1", frame.MessageStream, frame.Messages))
	if h := whole.Header(spooled(1, "web1", frame.MessageStream, frame.Messages)); !h.Whole || h.Hostname != "" {
		t.Errorf("%+v", h)
	}
	var names []string
	for v := range table.All() {
		names = append(names, v.Name)
	}
	slices.Sort(names)
	if !slices.Equal(names, []string{"access", Audit, "error"}) {
		t.Error(names)
	}
}

// TestHeaderOfAFrame: each frame has its own time, and host and writer of its file.
func TestHeaderOfAFrame(t *testing.T) {
	v := NewTable([]Stream{{Name: "access", Tag: "httpd", Facility: syslogfmt.Local3}}).byName["access"]
	one, two := spooled(7, "web1", "access", frame.Lines), spooled(8, "web2", "access", frame.Lines)
	for _, f := range []*spool.Frame{one, one, two, one} {
		f.Time = f.Time.Add(time.Hour)
		h := v.Header(f)
		if !h.Time.Equal(f.Time) || h.Time.Location() != localtime.Zone() || h.Hostname != f.Head.Host || h.PID != int(f.File.ID.Writer.PID) || h.ProcID != f.File.ID.Writer.ProcID() ||
			h.Tag != "httpd" || h.MsgID != "access" || h.Facility != syslogfmt.Local3 || h.Whole {
			t.Errorf("%+v", h)
		}
	}
}

// TestSeverityOfALine: that of the frame comes first, then Apache's level, then the stream's.
func TestSeverityOfALine(t *testing.T) {
	const line = "[Wed Oct 11 14:32:52 2000] [core:crit] [pid 1] x"
	for _, tt := range []struct {
		frame uint8
		auto  bool
		want  syslogfmt.Severity
	}{{uint8(syslogfmt.Debug), true, syslogfmt.Debug}, {frame.StreamSeverity, true, syslogfmt.Crit}, {frame.StreamSeverity, false, syslogfmt.Info}} {
		v := &View{Stream: Stream{Severity: syslogfmt.Info, Auto: tt.auto}}
		f := spooled(1, "web1", "error", frame.Lines)
		f.Severity = tt.frame
		if got := v.SeverityOf(f, []byte(line)); got != tt.want {
			t.Errorf("%+v: %v", tt, got)
		}
	}
}
