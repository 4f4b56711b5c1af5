package intake

import (
	"bytes"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/testbed"
)

// intakeOf is an intake of what a file holds.
func intakeOf(t *testing.T, input []byte) *intake {
	t.Helper()
	path := filepath.Join(t.TempDir(), "input")
	if err := os.WriteFile(path, input, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return intakeFrom(t, f, 8<<20)
}

// intakeFrom is an intake that reads f, with so much memory for lines.
func intakeFrom(t *testing.T, f *os.File, memory int) *intake {
	t.Helper()
	dir := t.TempDir()
	t.Cleanup(func() { f.Close() })
	ring, err := NewRing(memory)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(ring.Free)
	const maxLine = 128 << 10
	return &intake{
		o: Options{
			Stream: "access", StateDir: dir, MaxLine: maxLine, LastTry: time.Minute,
			Start: func() bool { return true }, Leave: func() {},
		},
		in: f, ring: ring, number: 1, cutter: lineCutter{max: maxLine},
		writer:  spool.NewWriter(spool.WriterOptions{Dir: statedir.SpoolDir(dir), Stream: "access"}),
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

// piped is a running intake that reads from a pipe.
type piped struct {
	*intake
	t     *testing.T
	w     *os.File
	ended chan Summary
	err   error // when it has ended
}

func runPiped(t *testing.T, memory int, options func(*Options)) *piped {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	p := &piped{intake: intakeFrom(t, r, memory), t: t, w: w, ended: make(chan Summary)}
	options(&p.o)
	p.writer = spool.NewWriter(spool.WriterOptions{Dir: statedir.SpoolDir(p.o.StateDir), Stream: "access"})
	go func() {
		s, err := p.run()
		p.err = err
		p.ended <- s
	}()
	return p
}

// write writes so many lines, and waits until they are read.
func (p *piped) write(lines int) {
	p.t.Helper()
	for range lines {
		if _, err := p.w.WriteString(line); err != nil {
			p.t.Fatal(err)
		}
	}
	testbed.Eventually(p.t, "the pipe is empty", func() bool {
		n, err := unix.IoctlGetInt(int(p.w.Fd()), unix.TIOCINQ)
		return err == nil && n == 0
	})
}

func (p *piped) end() Summary {
	p.w.Close()
	return <-p.ended
}

// TestFullSpoolWithNobodyToDeliver: until somebody delivers again, as after the death of a
// deliverer, lines wait in memory, and only what that does not hold is dropped.
func TestFullSpoolWithNobodyToDeliver(t *testing.T) {
	for _, c := range []struct {
		name   string
		memory int
		comes  bool // somebody who delivers
		drops  bool
	}{
		{"until somebody does", 8 << 20, true, false},
		{"to the end", 8 << 20, false, false},
		{"and the memory too", 256 << 10, false, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			var delivered atomic.Bool
			p := runPiped(t, c.memory, func(o *Options) {
				o.MaxSpool, o.Start, o.LastTry = 64<<10, delivered.Load, 0
				testbed.Overfill(t, o.StateDir, o.MaxSpool)
			})
			p.write(1)
			testbed.Eventually(t, "it is known that nobody delivers", p.bounded.Load)
			size := p.offset.Load()
			const more = 4000
			p.write(more)
			if grown := p.offset.Load() - size; grown > 0 {
				t.Errorf("a full spool has grown by %d bytes", grown)
			}
			if c.comes {
				delivered.Store(true)
				testbed.Eventually(t, "there is room again", func() bool { return p.offset.Load() > more*int64(len(line)) })
			}
			s := p.end()
			if s.Lines != more+1 || (s.Dropped > 0) != c.drops || s.Dropped > more || p.err != nil {
				t.Errorf("%d lines, %d dropped, %v", s.Lines, s.Dropped, p.err)
			}
		})
	}
}

// TestEndWithFullMemory: an intake whose memory is full, and whose spool cannot be written,
// comes to its end all the same, and tells how many lines are lost.
func TestEndWithFullMemory(t *testing.T) {
	p := runPiped(t, 256<<10, func(o *Options) {
		o.LastTry = 0
		if err := os.WriteFile(statedir.SpoolDir(o.StateDir), nil, 0o600); err != nil { // where a directory is to be
			t.Fatal(err)
		}
	})
	const lines = 4000
	p.write(lines)
	s := p.end()
	if s.Lines != lines || s.Dropped != lines || p.err == nil {
		t.Errorf("%d lines, %d dropped, %v", s.Lines, s.Dropped, p.err)
	}
}
