package main

import (
	"bytes"
	"strings"
	"testing"

	"httpd-syslog/forwarder/testbed"
)

// TestEndlessLine: 100 MB without a line end cost no memory, and are one cut line;
// what follows is intact.
func TestEndlessLine(t *testing.T) {
	t.Parallel()
	s, srv := newSite(t), newServer(t)
	srv.open()
	s.configure("%s%s", s.places(), srv.relay("central"))
	f, w := s.pipe()
	writeLines(t, w, 1, 1)
	intake := s.one("intake")
	chunk := bytes.Repeat([]byte{'x'}, 1<<20)
	for range 100 {
		if _, err := w.Write(chunk); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.WriteString("\nthe next\n"); err != nil {
		t.Fatal(err)
	}
	s.awaitLocal("access_log", "the next\n")
	peak := testbed.Process(intake).PeakMemory(t)
	w.Close()
	f.wait(0)
	s.awaitEnd()
	lines := strings.Split(strings.TrimSuffix(s.local("access_log"), "\n"), "\n")
	if len(lines) != 3 || len(lines[1]) > 128<<10 || len(lines[1]) < 127<<10 || lines[2] != "the next" {
		t.Errorf("%d lines, the second has %d bytes, the last is %.20q", len(lines), len(lines[1]), lines[len(lines)-1])
	}
	if !strings.Contains(s.local("audit_log"), "1 lines of access longer than 131072 bytes were cut") {
		t.Errorf("no event says so: %s", s.local("audit_log"))
	}
	t.Logf("peak memory of the intake: %d KiB", peak)
	if peak > 64<<10 { // the ring has 16 MB
		t.Errorf("the intake has used %d KiB", peak)
	}
}
