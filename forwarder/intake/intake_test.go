package intake

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/ring"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/testbed"
)

// intakeOf is an intake of what a file holds.
func intakeOf(t *testing.T, input []byte, options ...func(*Options)) *intake {
	t.Helper()
	path := filepath.Join(t.TempDir(), "input")
	if err := os.WriteFile(path, input, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return intakeFrom(t, f, 8<<20, options...)
}

// intakeFrom is an intake that reads f, with so much memory for lines, and options that are
// changed.
func intakeFrom(t *testing.T, f *os.File, memory int, options ...func(*Options)) *intake {
	t.Helper()
	dir := t.TempDir()
	t.Cleanup(func() { f.Close() })
	ring, err := ring.New(memory)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(ring.Free)
	const maxLine = 128 << 10
	o := Options{
		Stream: "access", StateDir: statedir.Dir(dir), MaxLine: maxLine, LastTry: time.Minute,
		Start: func() bool { return true }, HandOver: func() {},
	}
	for _, change := range options {
		change(&o)
	}
	return newIntake(o, f, ring)
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
	var got []byte
	var frames, aligned int
	next := uint64(1)
	for f := range testbed.Frames(t, in.writer.Dir()) {
		if f.Kind != frame.Lines || f.Lines == 0 {
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
	p := &piped{intake: intakeFrom(t, r, memory, options), t: t, w: w, ended: make(chan Summary)}
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

// spooled is the size of all files of the spool.
func (p *piped) spooled() (size int64) {
	files, _ := filepath.Glob(filepath.Join(p.writer.Dir(), "*")) // the pattern is good
	for _, f := range files {
		if st, err := os.Stat(f); err == nil { // else it has just been removed
			size += st.Size()
		}
	}
	return size
}

func (p *piped) end() Summary {
	p.w.Close()
	return <-p.ended
}

// TestSummary: it counts the input whole, what was cut in it, and names the writer.
func TestSummary(t *testing.T) {
	const limit = 100
	input := []byte("one\n" + strings.Repeat("x", limit) + "\n" + strings.Repeat("y", limit+1) + "\n" + strings.Repeat("z", 3*limit) + "\nrest")
	in := intakeOf(t, input, func(o *Options) { o.MaxLine = limit })
	s, err := in.run()
	want := Summary{Lines: 5, Bytes: uint64(len(input)), Cut: 2, Writer: in.writer.ID()}
	if err != nil || s != want {
		t.Errorf("%+v, %v, want %+v", s, err, want)
	}
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
		{"and the memory too, until somebody does", 256 << 10, true, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			var filler string
			var delivered atomic.Bool
			p := runPiped(t, c.memory, func(o *Options) {
				o.MaxSpool, o.Start, o.LastTry = 64<<10, delivered.Load, 0
				filler = testbed.Overfill(t, o.StateDir, o.MaxSpool)
			})
			p.write(1)
			testbed.Eventually(t, "it is known that nobody delivers", p.bounded.Load)
			size := p.spooled()
			const more = 4000
			p.write(more)
			if grown := p.spooled() - size; grown > 0 {
				t.Errorf("a full spool has grown by %d bytes", grown)
			}
			lines := uint64(more + 1)
			if c.comes {
				delivered.Store(true)
				if !c.drops {
					testbed.Eventually(t, "there is room again", func() bool { return p.spooled() > size+more*int64(len(line)) })
				}
				for range 3 { // frames behind the one that tells what was dropped tell of nothing
					had := p.spooled()
					p.write(1)
					lines++
					testbed.Eventually(t, "lines go through again", func() bool { return p.spooled() > had })
				}
			}
			s := p.end()
			if s.Lines != lines || (s.Dropped > 0) != c.drops || s.Dropped > more || p.err != nil {
				t.Errorf("%d lines, %d dropped, %v", s.Lines, s.Dropped, p.err)
			}
			if err := os.Remove(filler); err != nil {
				t.Fatal(err)
			}
			spooled, dropped := uint64(0), uint64(0)
			for f := range testbed.Frames(t, p.writer.Dir()) {
				dropped += uint64(f.Dropped)
				if f.Kind == frame.Lines && f.First > 0 {
					if spooled += uint64(f.Lines); f.First+uint64(f.Lines)-1 != spooled+dropped {
						t.Fatalf("lines up to %d, where %d are spooled and %d told of as dropped", f.First+uint64(f.Lines)-1, spooled, dropped)
					}
				}
			}
			if spooled+dropped != s.Lines || dropped != s.Dropped {
				t.Errorf("%d lines are spooled, and %d told of as dropped, of %+v", spooled, dropped, s)
			}
		})
	}
}

// TestEndWithFullMemory: an intake whose memory is full, and whose spool cannot be written,
// comes to its end all the same, and tells how many lines are lost.
func TestEndWithFullMemory(t *testing.T) {
	p := runPiped(t, 256<<10, func(o *Options) {
		o.LastTry = 0
		if err := os.WriteFile(o.StateDir.Spool(), nil, 0o600); err != nil { // where a directory is to be
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

// TestEveryDropIsTold: also what was dropped before there was room again for the next lines.
func TestEveryDropIsTold(t *testing.T) {
	ring, err := ring.New(4 << 20)
	if err != nil {
		t.Fatal(err)
	}
	const keep = frame.HeaderSize
	in := newIntake(Options{Stream: "access", MaxLine: 128 << 10, StateDir: statedir.Dir(t.TempDir())}, nil, ring)
	take := func() {
		room := ring.Space(keep, len(line)+slack)
		in.frameLines(room, keep, keep, keep+copy(room[keep:], line))
	}
	take()
	in.drop(7)
	take()
	in.drop(5)
	in.frameLast(keep)
	frames := string(ring.Next())
	for _, text := range []string{"7 lines of access dropped: ", "5 lines of access dropped: ", "ended: process " + strconv.Itoa(os.Getpid()) + ", 14 lines, 12 dropped"} {
		if n := strings.Count(frames, text); n != 1 {
			t.Errorf("%q is told %d times", text, n)
		}
	}
}

// TestEndIsToldBehindAStall: an intake that ends while its memory is full waits until there is space to
// tell of it.
func TestEndIsToldBehindAStall(t *testing.T) {
	ring, err := ring.New(4 << 20)
	if err != nil {
		t.Fatal(err)
	}
	const keep = frame.HeaderSize
	in := newIntake(Options{Stream: "access", MaxLine: 128 << 10, StateDir: statedir.Dir(t.TempDir())}, nil, ring)
	for {
		room := ring.Space(keep, len(line)+slack)
		if room == nil {
			break
		}
		in.frameLines(room, keep, keep, keep+copy(room[keep:], line))
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		in.frameLast(keep)
		ring.Close()
	}()
	var told int
	for b := ring.Next(); b != nil; b = ring.Next() {
		told += strings.Count(string(b), "ended: process ")
		ring.Release(len(b))
	}
	<-ended
	if told != 1 {
		t.Errorf("the end is told %d times", told)
	}
}
