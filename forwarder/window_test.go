package forwarder

import (
	"testing"
	"time"

	"httpd-syslog/forwarder/spool"
)

// windowOf is a window whose one spool file has been read so far; each line has a byte.
type windowOf struct {
	window
	file *spool.File
	now  time.Time
	read int64
}

func newWindowOf(rewind time.Duration, bytes int64) *windowOf {
	o := &RelayOptions{Rewind: rewind, RewindBytes: bytes}
	f := &spool.File{ID: spool.FileID{Number: 1}}
	return &windowOf{window: newWindow(o, cursorRecord{Clean: true}), file: f, now: time.Unix(1e9, 0)}
}

// frame is one of so many lines, read next.
func (w *windowOf) frame(lines int) *spool.Frame {
	f := &spool.Frame{File: w.file, Lines: lines, Start: spool.Position{Offset: w.read}, End: w.read + int64(lines)}
	w.read = f.End
	return f
}

// send gives a frame of so many lines to the session, and returns how many were accepted
// before.
func (w *windowOf) send(lines int) (repeats int) {
	f := w.frame(lines)
	s := span{lines: lines, repeats: w.repeated(f)}
	s.reach(f.File.ID, spool.Position{Offset: f.End})
	w.give(&s, lines)
	return s.repeats
}

// take has the server accept the session's first n bytes, a while later.
func (w *windowOf) take(n uint64, after time.Duration) (lines int) {
	w.now = w.now.Add(after)
	for s := w.accept(n, w.now, true); s != nil; s = w.accept(n, w.now, true) {
		lines += s.lines
	}
	w.age(w.now)
	return lines
}

func (w *windowOf) at(p spool.Positions) int64 { return p[w.file.ID].Offset }

func (w *windowOf) check(t *testing.T, what string, accepted, safe int64) {
	t.Helper()
	if a, s := w.at(w.accepted), w.at(w.safe); a != accepted || s != safe {
		t.Errorf("%s: accepted up to %d, safe up to %d; want %d, %d", what, a, s, accepted, safe)
	}
}

// TestWindow: what is accepted grows safe by time and by bytes; a break goes back to what is
// safe, and what is sent again is known as repeated, across two breaks too.
func TestWindow(t *testing.T) {
	w := newWindowOf(10*time.Second, 1000)
	for range 3 {
		w.send(100)
	}
	if n := w.take(250, 0); n != 200 {
		t.Errorf("%d lines accepted", n)
	}
	w.check(t, "part of what was given", 200, 0)
	w.take(300, 11*time.Second)
	w.check(t, "what is old", 300, 200)

	if again := w.goBack(); again != 100 {
		t.Errorf("%d lines again", again)
	}
	w.check(t, "a break", 200, 200)
	w.begin()
	w.read = 200
	if r := w.send(50); r != 50 {
		t.Errorf("%d lines of 50 are known as repeats", r)
	}
	w.take(50, 0)
	w.goBack() // before all had come again
	w.begin()
	w.read = 200
	if r := w.send(100); r != 100 {
		t.Errorf("%d lines of 100 are known as repeats after a second break", r)
	}
	if r := w.send(100); r != 0 {
		t.Errorf("%d new lines are taken for repeats", r)
	}
	w.take(200, 0)
	if w.peak != nil {
		t.Errorf("nothing is sent again any more, and still there is %v", w.peak)
	}
	w.check(t, "the end", 400, 200)
	w.settle()
	w.check(t, "an end in good order", 400, 400)
}

// TestWindowAcrossSessions: what an earlier session has held counts with the bytes of this one.
func TestWindowAcrossSessions(t *testing.T) {
	w := newWindowOf(time.Hour, 1000)
	w.send(600)
	w.take(600, 0)
	w.begin()
	w.now = w.now.Add(2 * time.Second)
	w.send(600)
	if n := w.take(599, 0); n != 0 {
		t.Errorf("%d lines are accepted by the bytes of another session", n)
	}
	w.take(600, 0)
	w.check(t, "a second session", 1200, 600)
}

// TestWindowAfterAKill: what a process that was killed had accepted is sent again, as repeats.
func TestWindowAfterAKill(t *testing.T) {
	f := spool.FileID{Number: 1}
	at := func(n int64) spool.Positions { return spool.Positions{f: {Offset: n}} }
	o := &RelayOptions{Rewind: time.Hour, RewindBytes: 1000}
	w := &windowOf{window: newWindow(o, cursorRecord{Accepted: at(300), Safe: at(100), Peak: at(400)}), file: &spool.File{ID: f}}
	w.check(t, "a kill", 100, 100)
	if w.at(w.had) != 300 || w.at(w.peak) != 400 {
		t.Errorf("had %v, peak %v", w.had, w.peak)
	}
	w.read = 100
	if r := w.send(300); r != 300 {
		t.Errorf("%d of 300 lines are known as repeats", r)
	}
	clean := newWindow(o, cursorRecord{Accepted: at(300), Safe: at(100), Clean: true})
	if clean.accepted[f].Offset != 300 || clean.safe[f].Offset != 300 || clean.peak != nil {
		t.Errorf("after a clean end: %+v", clean)
	}
}
