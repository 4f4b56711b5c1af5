package sealing

import (
	"testing"
	"time"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/rotate"
)

// TestSettleSaysWhy: why seals begin anew is what has happened to the file: lines of others stand behind its end only
// where some were seen. An idle process records a file that is cut as it is then, so that the record says nothing.
func TestSettleSaysWhy(t *testing.T) {
	const text = "a line of the web server\n"
	size := int64(len(text))
	for name, tt := range map[string]struct {
		recorded int64
		found    rotate.Recovery
		strange  bool
		cause    string // empty: seals go on
	}{
		"as it was":             {size, rotate.Recovery{Path: "access_log", Position: rotate.Position{Size: size, Ino: 1}}, false, ""},
		"a line of others":      {size, rotate.Recovery{Path: "access_log", Position: rotate.Position{Size: size + 9, Ino: 1}}, true, "it has lines of others behind what is recorded"},
		"shorter":               {size, rotate.Recovery{Path: "access_log", Position: rotate.Position{Size: 9, Ino: 1}, Short: size - 9}, false, "it is shorter than recorded"},
		"shorter, and recorded": {9, rotate.Recovery{Path: "access_log", Position: rotate.Position{Size: 9, Ino: 1}}, false, "others have changed its length"},
		"another one":           {size, rotate.Recovery{Path: "access_log", Position: rotate.Position{Size: 9, Ino: 2}, Other: true}, false, "another file has its name"},
	} {
		var told []event.Event
		s := New(Options{Every: time.Hour, Dir: "/nonexistent", Tell: func(e event.Event) { told = append(told, e) }, TellNow: func(event.Event) bool { return true }, Secure: func() error { return nil }})
		file := s.File("/nonexistent/access_log", "access_log")
		head := &frame.FileHeader{File: frame.FileID{Writer: frame.WriterID{ID: 1, PID: 1}, Number: 1}, Stream: "access"}
		f := &spool.Frame{File: &spool.File{ID: head.File}, Head: head, Frame: frame.Frame{Lines: 1, Payload: []byte(text), First: 1, Time: time.Now()}}
		file.From(s.Read(f), true)
		file.Wrote([]byte(text), size)
		file.Settle(rotate.Position{Size: tt.recorded, Ino: 1}, tt.found, tt.strange)
		cause := ""
		for _, e := range told {
			parsed, _ := event.Parse(e.String())
			cause += parsed.Get("cause")
		}
		if cause != tt.cause {
			t.Errorf("%s: %q, want %q", name, cause, tt.cause)
		}
	}
}
