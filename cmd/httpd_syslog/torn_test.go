package main

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/testbed"
)

// TestTornEndIsNamed: an intake is killed -9 while it writes a frame. What is lost by it is told with its numbers,
// once, though nobody is left who could go on behind them; and the last number of the writer, when it has been
// dead for a minute.
func TestTornEndIsNamed(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.configure("deliver = \"service\"\n%s", s.places())
	_, w := s.pipe()
	if _, err := w.WriteString("one\ntwo\nthree\n"); err != nil {
		t.Fatal(err)
	}
	var path string
	next, events := uint64(1), uint64(1)
	testbed.Eventually(t, "the lines in the spool", func() bool {
		for f := range testbed.Frames(t, filepath.Join(s.state, "spool")) {
			path = f.File.Path
			if f.Kind == frame.Event {
				events = max(events, f.First+1)
			} else {
				next = max(next, f.First+uint64(f.Lines))
			}
		}
		return next == 4
	})
	for _, role := range []string{"front", "intake"} { // the front first: it would start another intake
		kill(t, s.one(role), syscall.SIGKILL)
	}
	testbed.Eventually(t, "the end of both", s.gone())
	tear(t, path, next, "four\nfive\nsix\n")

	s.run(s.command(nil, "deliver", "--config", s.config)).wait(0) // it finds what is damaged, and ends
	service := s.serve()
	gone := s.awaitTold("writer.gone")
	if gone.Get("stream") != "access" || gone.Get("last") != "6" || gone.Get("last_event") != fmt.Sprint(events-1) {
		t.Errorf("%+v", gone)
	}
	missing, damaged := s.told("lines.missing"), s.told("spool.damaged")
	want := event.Range{Writer: gone.Get("writer"), First: 4, Last: 6}
	if len(missing) != 1 || missing[0].Get("why") != "damaged" || missing[0].Get("lines") != "3" || len(missing[0].Ranges()) != 1 || missing[0].Ranges()[0] != want {
		t.Errorf("%+v, want %+v", missing, want)
	}
	testbed.WantTold(t, s.local("audit_log"), "intake.begin", "deliverer.begin")
	s.awaitTold("events.end") // of the deliverer
	if len(damaged) != 1 || damaged[0].Get("how") != "torn" || damaged[0].Get("file") != path {
		t.Errorf("%+v", damaged)
	}
	kill(t, service.cmd.Process.Pid, syscall.SIGTERM)
	service.wait(0)
	if again := s.told("lines.missing"); len(again) != 1 {
		t.Errorf("told again: %+v", again)
	}
}

// tear leaves in a spool file what the write of a frame leaves that a kill has ended.
func tear(t *testing.T, path string, first uint64, lines string) {
	t.Helper()
	b := append(make([]byte, frame.HeaderSize), lines...)
	f := frame.Frame{Severity: frame.StreamSeverity, Time: time.Now(), First: first, Lines: 3}
	f.Seal(b)
	file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err == nil {
		_, err = file.Write(b[:len(b)-2])
		_ = file.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
}
