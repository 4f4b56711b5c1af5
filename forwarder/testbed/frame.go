package testbed

import (
	"bytes"
	"testing"
	"time"

	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
)

// accessLine is a line as Apache writes it.
const accessLine = `www.example.com www.example.com 192.0.2.7 - - [22/Nov/2026:10:00:00 +0000] "GET /a%20b HTTP/1.1" 200 1234 "-" "curl/8.5.0"` + "\n"

// SpooledFrame is a frame of so many lines of stream access, as a reader of a spool directory
// gives it.
func SpooledFrame(t *testing.T, spoolDir string, lines int) *spool.Frame {
	t.Helper()
	w := spool.NewWriter(spool.WriterOptions{Dir: spoolDir, Stream: "access", Host: "web1"})
	b := append(make([]byte, frame.HeaderSize), bytes.Repeat([]byte(accessLine), lines)...)
	f := frame.Frame{Kind: frame.Lines, Severity: frame.StreamSeverity, Time: time.Now(), First: 1, Lines: lines}
	f.Seal(b)
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	c := spool.NewCatalog(spoolDir)
	if err := c.Refresh(); err != nil {
		t.Fatal(err)
	}
	r := spool.NewReader(c, nil, nil)
	t.Cleanup(r.Close)
	got, err := r.Next()
	if got == nil || err != nil {
		t.Fatal(got, err)
	}
	return got
}
