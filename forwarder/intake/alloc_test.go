package intake

import (
	"bytes"
	"testing"

	"httpd-syslog/forwarder/ring"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/statedir"
)

const (
	line  = `www.example.com www.example.com 192.0.2.7 - - [22/Nov/2026:10:00:00 +0000] "GET /a%20b HTTP/1.1" 200 1234 "-" "curl/8.5.0"` + "\n"
	lines = 500
)

// The hot path, from what was read on stdin to what is handed to the kernel,
// allocates nothing for a line.
func TestIntakeAllocatesNothingPerLine(t *testing.T) {
	ring, err := ring.New(4 << 20)
	if err != nil {
		t.Fatal(err)
	}
	in := newIntake(Options{MaxLine: 128 << 10, StateDir: statedir.Dir(t.TempDir())}, nil, ring)
	input := bytes.Repeat([]byte(line), lines)
	allocs := testing.AllocsPerRun(100, func() {
		const keep = frame.HeaderSize
		space := ring.Space(keep, len(input)+slack)
		in.frameLines(space, keep, keep, keep+copy(space[keep:], input))
		ring.Release(len(ring.Next()))
	})
	if allocs != 0 {
		t.Errorf("%v allocations for a frame of %d lines", allocs, lines)
	}
}
