package window

import (
	"testing"
	"time"

	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
)

// testWindow is a window whose one spool file has been read so far; each line has a byte.
type testWindow struct {
	Window
	file *spool.File
	now  time.Time
	read int64
}

func newTestWindow(rewind time.Duration, bytes int64) *testWindow {
	o := Options{Rewind: rewind, RewindBytes: bytes}
	f := &spool.File{ID: frame.FileID{Number: 1}}
	return &testWindow{Window: New(o, Start{Clean: true}), file: f, now: time.Unix(1e9, 0)}
}

// frame is one of so many lines, read next.
func (w *testWindow) frame(lines int) *spool.Frame {
	f := &spool.Frame{Frame: frame.Frame{Lines: lines}, File: w.file, Start: spool.Position{Offset: w.read}, End: w.read + int64(lines)}
	w.read = f.End
	return f
}

// send gives a frame of so many lines to the session, and returns how many were accepted
// before.
func (w *testWindow) send(lines int) (repeats int) {
	f := w.frame(lines)
	s := Span{Lines: lines, Repeats: w.Repeated(f)}
	s.Reach(f.File.ID, spool.Position{Offset: f.End})
	w.Give(&s, lines)
	return s.Repeats
}

// take has the server accept the session's first n bytes, a while later.
func (w *testWindow) take(n uint64, after time.Duration) (lines int) {
	w.now = w.now.Add(after)
	for s := w.Accept(n, w.now, true); s != nil; s = w.Accept(n, w.now, true) {
		lines += s.Lines
	}
	w.Age(w.now)
	return lines
}

func (w *testWindow) at(p spool.Positions) int64 { return p[w.file.ID].Offset }

func (w *testWindow) check(t *testing.T, what string, accepted, safe int64) {
	t.Helper()
	if a, s := w.at(w.accepted), w.at(w.safe); a != accepted || s != safe {
		t.Errorf("%s: accepted up to %d, safe up to %d; want %d, %d", what, a, s, accepted, safe)
	}
}

// TestWindow: what is accepted grows safe by time and by bytes; a break goes back to what is
// safe, and what is sent again is known as repeated, across two breaks too.
func TestWindow(t *testing.T) {
	w := newTestWindow(10*time.Second, 1000)
	for range 3 {
		w.send(100)
	}
	if n := w.take(250, 0); n != 200 {
		t.Errorf("%d lines accepted", n)
	}
	w.check(t, "part of what was given", 200, 0)
	w.take(300, 11*time.Second)
	w.check(t, "what is old", 300, 200)

	if again := w.Rewind(); again != 100 {
		t.Errorf("%d lines again", again)
	}
	w.check(t, "a break", 200, 200)
	w.Begin()
	w.read = 200
	if r := w.send(50); r != 50 {
		t.Errorf("%d lines of 50 are known as repeats", r)
	}
	w.take(50, 0)
	w.Rewind() // before all had come again
	w.Begin()
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
	w.Settle()
	w.check(t, "an end in good order", 400, 400)
}

// TestWindowAcrossSessions: what an earlier session has held counts with the bytes of this one.
func TestWindowAcrossSessions(t *testing.T) {
	w := newTestWindow(time.Hour, 1000)
	w.send(600)
	w.take(600, 0)
	w.Begin()
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
	f := frame.FileID{Number: 1}
	at := func(n int64) spool.Positions { return spool.Positions{f: {Offset: n}} }
	o := Options{Rewind: time.Hour, RewindBytes: 1000}
	w := &testWindow{Window: New(o, Start{Accepted: at(300), Safe: at(100), Peak: at(400)}), file: &spool.File{ID: f}}
	w.check(t, "a kill", 100, 100)
	if w.at(w.had) != 300 || w.at(w.peak) != 400 {
		t.Errorf("had %v, peak %v", w.had, w.peak)
	}
	w.read = 100
	if r := w.send(300); r != 300 {
		t.Errorf("%d of 300 lines are known as repeats", r)
	}
	clean := New(o, Start{Accepted: at(300), Safe: at(100), Clean: true})
	if clean.accepted[f].Offset != 300 || clean.safe[f].Offset != 300 || clean.peak != nil {
		t.Errorf("after a clean end: %+v", clean)
	}
}

// TestWhatIsSafe: what was accepted longest ago is safe first, by time and by bytes, and sending
// begins again behind it, whichever way a session ends.
func TestWhatIsSafe(t *testing.T) {
	const frame = 100 // lines, and bytes
	for _, c := range []struct {
		name        string
		rewind      time.Duration
		rewindBytes int64
		sent        int             // frames
		accepted    []time.Duration // after each frame
		end         func(w *testWindow)
		safe, again int64 // where sending begins again, and how much is repeated
	}{
		{"all is young", time.Minute, 1000, 3, []time.Duration{0, time.Second, time.Second}, nil, 0, 300},
		{"one is old", 2 * time.Second, 1000, 3, []time.Duration{0, time.Second, time.Second}, nil, 100, 200},
		{"all but the last is old", time.Second, 1000, 3, []time.Duration{0, time.Second, time.Second}, nil, 200, 100},
		{"all is old", time.Second, 1000, 3, []time.Duration{0, 0, 0}, func(w *testWindow) { w.take(300, time.Minute) }, 300, 0},
		{"too many bytes", time.Hour, 250, 3, []time.Duration{0, time.Second, time.Second}, nil, 100, 200},
		{"too many bytes, with what is on its way; the last is kept", time.Hour, 250, 4, []time.Duration{0, time.Second}, nil, 100, 100},
		{"an end in good order", time.Hour, 1000, 3, []time.Duration{0, time.Second, time.Second}, func(w *testWindow) { w.Settle() }, 300, 0},
		{"a second chance for what is young", time.Hour, 1000, 3, []time.Duration{0, 3 * time.Second, 3 * time.Second},
			func(w *testWindow) { w.SecondChance(w.now, 5*time.Second, false) }, 100, 200},
		{"no second chance for what is old", time.Hour, 1000, 2, []time.Duration{0, time.Second},
			func(w *testWindow) { w.SecondChance(w.now.Add(time.Minute), 5*time.Second, false) }, 200, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newTestWindow(c.rewind, c.rewindBytes)
			for range c.sent {
				w.send(frame)
			}
			for i, after := range c.accepted {
				w.take(uint64(i+1)*frame, after)
			}
			if c.end != nil {
				c.end(w)
			}
			if again := w.Rewind(); int64(again) != c.again {
				t.Errorf("%d lines again, want %d", again, c.again)
			}
			w.check(t, "sending begins again", c.safe, c.safe)
		})
	}
}
