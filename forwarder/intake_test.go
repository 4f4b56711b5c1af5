package forwarder

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"httpd-syslog/forwarder/spool"
)

// intakeOf is an intake of what a file holds.
func intakeOf(t *testing.T, input []byte) *intake {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "input")
	if err := os.WriteFile(path, input, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	ring, err := newRing(8 << 20)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(ring.free)
	const maxLine = 128 << 10
	return &intake{
		o: IntakeOptions{
			Stream: "access", StateDir: dir, MaxLine: maxLine, LastTry: time.Minute,
			Start: func() bool { return true }, Leave: func() {},
		},
		in: f, ring: ring, number: 1, cutter: lineCutter{max: maxLine},
		writer:  spool.NewWriter(spool.WriterOptions{Dir: SpoolDir(dir), Stream: "access"}),
		written: make(chan struct{}), ended: make(chan struct{}), news: make(chan struct{}, 1),
	}
}

// TestFramesAreAligned: where there is much to read, frames end at multiples of 128 KiB in
// their file, and hold the lines as they came, each once.
func TestFramesAreAligned(t *testing.T) {
	var input []byte
	for i := 0; len(input) < 20<<20; i++ {
		input = append(append(input, line[:len(line)-1-i%50]...), '\n')
	}
	in := intakeOf(t, input)
	if _, err := in.run(); err != nil {
		t.Fatal(err)
	}
	c := spool.NewCatalog(in.writer.Dir())
	if err := c.Refresh(); err != nil {
		t.Fatal(err)
	}
	r := spool.NewReader(c, nil, nil)
	defer r.Close()
	var got []byte
	var frames, aligned int
	next := uint64(1)
	for {
		f, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		if f == nil {
			break
		}
		if f.Kind != spool.Lines || f.Lines == 0 {
			continue
		}
		if f.First != next || f.Lines != bytes.Count(f.Payload, newline) {
			t.Fatalf("a frame of the lines %d to %d, %d LFs, where %d is next", f.First, f.First+uint64(f.Lines)-1, bytes.Count(f.Payload, newline), next)
		}
		next += uint64(f.Lines)
		got = append(got, f.Payload...)
		frames++
		if f.End%align == 0 {
			aligned++
		}
	}
	if !bytes.Equal(got, input) {
		t.Errorf("%d bytes are spooled, not as they came (%d)", len(got), len(input))
	}
	t.Logf("%d of %d frames end at a multiple of %d", aligned, frames, align)
	if aligned < frames/2 { // a machine that is very busy reads ahead
		t.Error("frames are not aligned")
	}
}
