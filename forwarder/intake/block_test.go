package intake

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/idle"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/spool/quota"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/testbed"
)

// frameMost is what a frame of an intake takes at most where no line is longer than readMax.
const frameMost = 2*readMax + frame.HeaderSize

// TestBlockKeepsToMaxSpool: with Block the spool grows beyond its size by one frame for each
// intake at most, and no line is missing in the end.
func TestBlockKeepsToMaxSpool(t *testing.T) {
	const most, lines, intakes = 512 << 10, 40000, 2 // 3.5 MB each
	dir := t.TempDir()
	done, all := filepath.Join(dir, "spool"), make(map[string]int)
	var running []*piped
	sent := make(chan struct{}, intakes)
	for i := range intakes {
		p := runPiped(t, 16<<20, func(o *Options) {
			o.Block, o.MaxSpool, o.StateDir = true, most, statedir.Dir(dir)
		})
		running = append(running, p)
		go func() {
			var b []byte
			for n := range lines {
				b = strconv.AppendInt(append(strconv.AppendInt(b, int64(i), 10), ':'), int64(n), 10)
				b = append(append(b, bytes.Repeat([]byte{' '}, 80)...), '\n')
			}
			_, err := p.w.Write(b)
			if err = errors.Join(err, p.w.Close()); err != nil {
				t.Error(err)
			}
			sent <- struct{}{}
		}()
	}
	for n, ended := 0, 0; ended < intakes; n++ {
		testbed.Eventually(t, "all are full, or have ended", func() bool {
			full := 0
			for _, p := range running {
				select {
				case s := <-p.ended:
					if ended++; s.Lines != lines || s.Dropped != 0 || p.err != nil {
						t.Errorf("%+v, %v", s, p.err)
					}
				default:
				}
				if p.full.Load() {
					full++
				}
			}
			return full == intakes-ended
		})
		size, last := quota.DirSize(done), false
		for _, p := range running {
			last = last || isClosed(p.intake.ended) // what is in memory then is written
		}
		if !last && size > most+intakes*frameMost {
			t.Errorf("%d bytes in a spool of %d", size, most)
		}
		take(t, done, all)
	}
	for range intakes {
		<-sent
	}
	take(t, done, all)
	if len(all) != intakes*lines {
		t.Errorf("%d lines of %d", len(all), intakes*lines)
	}
}

// take reads the complete files of a spool and removes them, as a deliverer does.
func take(t *testing.T, dir string, lines map[string]int) {
	t.Helper()
	for f := range testbed.Frames(t, dir) {
		switch {
		case !f.File.Complete():
		case f.First == 0:
			if err := os.Remove(f.File.Path); err != nil {
				t.Fatal(err)
			}
		case f.Kind == frame.Lines:
			for line := range bytes.Lines(f.Payload) {
				lines[string(line)]++
			}
		}
	}
}

// TestFullSpoolIsNotReadAhead: while the spool is full no more is read than was under way when
// that became known: it stays in the pipe, where a kill does not cost it.
func TestFullSpoolIsNotReadAhead(t *testing.T) {
	var backlog string
	p := runPiped(t, 16<<20, func(o *Options) {
		o.Block, o.MaxSpool = true, 64<<10
		backlog = testbed.Overfill(t, o.StateDir, o.MaxSpool)
	})
	if _, err := p.w.WriteString(line); err != nil {
		t.Fatal(err)
	}
	testbed.Eventually(t, "it is known that the spool is full", p.full.Load)
	const more = 20000 // a megabyte and more
	sent := make(chan error)
	go func() {
		_, err := p.w.WriteString(strings.Repeat(line, more))
		sent <- err
	}()
	testbed.Eventually(t, "the pipe is full", func() bool {
		n, err := unix.IoctlGetInt(int(p.w.Fd()), unix.TIOCINQ)
		return err == nil && n > 60<<10
	})
	if n := p.ring.Held(); n > frameMost {
		t.Errorf("%d bytes were read", n)
	}
	if err := os.Remove(backlog); err != nil {
		t.Fatal(err)
	}
	lines := make(map[string]int)
	for {
		select {
		case err := <-sent:
			if err = errors.Join(err, p.w.Close()); err != nil {
				t.Error(err)
			}
		case s := <-p.ended:
			if s.Lines != more+1 || s.Dropped != 0 || p.err != nil {
				t.Errorf("%+v, %v", s, p.err)
			}
			return
		case <-time.After(10 * time.Millisecond):
			take(t, p.writer.Dir(), lines)
		}
	}
}

// TestDistressIsTold: an intake that cannot write says so, whatever the disk does, before it
// has ever written, and no more when it can.
func TestDistressIsTold(t *testing.T) {
	var dir string
	p := runPiped(t, 1<<20, func(o *Options) {
		dir = string(o.StateDir)
		if err := os.WriteFile(statedir.Dir(dir).Spool(), nil, 0o600); err != nil { // where a directory is to be
			t.Fatal(err)
		}
	})
	if statedir.Dir(dir).InDistress() {
		t.Error("in distress without a line")
	}
	p.write(10)
	testbed.Eventually(t, "it is told", func() bool { return statedir.Dir(dir).InDistress() })
	if err := os.Remove(statedir.Dir(dir).Spool()); err != nil {
		t.Fatal(err)
	}
	testbed.Eventually(t, "it is over", func() bool { return !statedir.Dir(dir).InDistress() })
	if s := p.end(); s.Lines != 10 || s.Dropped != 0 {
		t.Errorf("%+v", s)
	}
	if statedir.Dir(dir).InDistress() {
		t.Errorf("it outlives the intake by more than %v", idle.Tick)
	}
}
