package forwarder

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/syslogfmt"
)

// The hot path, from what was read on stdin to what is handed to the kernel,
// allocates nothing for a line.

const (
	line  = `www.example.com www.example.com 192.0.2.7 - - [22/Nov/2026:10:00:00 +0000] "GET /a%20b HTTP/1.1" 200 1234 "-" "curl/8.5.0"` + "\n"
	lines = 500
)

// nullSession takes everything at once.
type nullSession struct {
	*breakage
	n uint64
}

func (s *nullSession) Send(b []byte, _ []int, _ func() error) error {
	s.n += uint64(len(b))
	return nil
}
func (s *nullSession) Accepted() uint64            { return s.n }
func (s *nullSession) Framing() syslogfmt.Framing  { return syslogfmt.OctetCounting }
func (s *nullSession) Close(context.Context) error { return nil }
func (s *nullSession) Evidence() evidence          { return standing }

// testFrame is a frame as a reader gives it.
func testFrame(t *testing.T, dir string) *spool.Frame {
	w := spool.NewWriter(spool.WriterOptions{Dir: dir, Stream: "access", Host: "web1"})
	b := append(make([]byte, spool.FrameHeader), bytes.Repeat([]byte(line), lines)...)
	f := spool.Frame{Kind: spool.Lines, Severity: spool.StreamSeverity, Time: time.Now(), First: 1, Lines: lines}
	f.Seal(b)
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	c := spool.NewCatalog(dir)
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

func TestRelayAllocatesNothingPerLine(t *testing.T) {
	dir := t.TempDir()
	f := testFrame(t, dir)
	c := spool.NewCatalog(dir)
	if err := c.Refresh(); err != nil {
		t.Fatal(err)
	}
	o := RelayOptions{Rewind: time.Minute, RewindBytes: 1 << 20, MaxMessage: 64 << 10}
	r := &relay{
		o:       o,
		servers: newServers([]transport{&tcpTransport{}}, false), renewal: newRenewal(0), session: &nullSession{breakage: newBreakage()}, batchSize: streamBatch,
		enc:     syslogfmt.NewEncoder(syslogfmt.RFC5424, syslogfmt.OctetCounting, 64<<10),
		streams: newStreamTable([]Stream{{Name: "access", Facility: syslogfmt.Local1, Tag: "httpd"}}),
		// Commits are made once a second, whatever the lines.
		commitAt: time.Now().Add(time.Hour),
		trials:   newTrials(dir, "relay"),
		window:   newWindow(&o, cursorRecord{Clean: true}),
		progress: newProgress(dir, "relay", false, c),
	}
	allocs := testing.AllocsPerRun(1000, func() {
		if err := r.encode(f); err != nil {
			t.Fatal(err)
		}
		if err := r.flush(); err != nil {
			t.Fatal(err)
		}
	})
	if allocs != 0 {
		t.Errorf("%v allocations for a frame of %d lines", allocs, lines)
	}
}

func TestLocalLogAllocatesNothingPerLine(t *testing.T) {
	dir := t.TempDir()
	f := testFrame(t, filepath.Join(dir, "spool"))
	catalog := spool.NewCatalog(filepath.Join(dir, "spool"))
	if err := os.Mkdir(statedir.CursorDir(dir), 0o750); err != nil {
		t.Fatal(err)
	}
	l := &local{
		o:        LogOptions{Dir: dir},
		streams:  newStreamTable([]Stream{{Name: "access", File: "access_log"}}),
		progress: newProgress(dir, statedir.LocalCursor, false, catalog), files: make(map[string]*localFile),
		counts: make(streamCounts), pending: make(streamCounts),
		relayed: func() bool { return false }, events: newEventLog(dir, "", 0),
		done: spool.Positions{}, commitAt: time.Now().Add(time.Hour),
	}
	allocs := testing.AllocsPerRun(100, func() {
		l.commitAt = time.Now().Add(time.Hour)
		if err := l.add(&l.batch, f); err != nil {
			t.Fatal(err)
		}
	})
	const perWrite = 10 // a look at the path before each
	if allocs > perWrite {
		t.Errorf("%v allocations for a frame of %d lines", allocs, lines)
	}
}
