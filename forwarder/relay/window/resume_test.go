package window

import (
	"reflect"
	"testing"
	"time"

	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
)

var fileA, fileB = frame.FileID{Number: 1}, frame.FileID{Number: 2}

// at are positions in two files; 0: none.
func at(a, b int64) spool.Positions {
	p := spool.Positions{}
	for f, n := range map[frame.FileID]int64{fileA: a, fileB: b} {
		if n > 0 {
			p[f] = spool.Position{Offset: n}
		}
	}
	return p
}

// spanTo is a span of so many lines that ends at positions.
func spanTo(lines int, to spool.Positions) *Span {
	s := &Span{Lines: lines}
	for f, pos := range to {
		s.Reach(f, pos)
	}
	return s
}

// TestStart: where an earlier process has ended decides where sending begins, and what of it is repeated. The
// positions that it begins with are the window's own.
func TestStart(t *testing.T) {
	for _, tt := range []struct {
		name                      string
		start                     Start
		accepted, safe, had, peak spool.Positions
	}{
		{"a clean end", Start{Accepted: at(3, 0), Safe: at(1, 0), Had: at(5, 0), Clean: true}, at(3, 0), at(3, 0), nil, nil},
		{"a kill", Start{Accepted: at(3, 0), Safe: at(1, 0), Had: at(2, 4), Peak: at(5, 2)}, at(1, 0), at(1, 0), at(3, 4), at(5, 4)},
		{"a kill, and it goes on", Start{Accepted: at(3, 0), Safe: at(1, 0), GoesOn: true}, at(3, 0), at(1, 0), at(3, 0), at(3, 0)},
	} {
		w := New(Options{Rewind: time.Hour, RewindBytes: 1000}, tt.start)
		for what, p := range map[string][2]spool.Positions{"accepted": {w.Accepted(), tt.accepted}, "safe": {w.Safe(), tt.safe}, "had": {w.Had(), tt.had}, "peak": {w.Peak(), tt.peak}} {
			if !reflect.DeepEqual(p[0], p[1]) {
				t.Errorf("%s: %s is %v, want %v", tt.name, what, p[0], p[1])
			}
		}
		w.Skip(fileB, spool.Position{Offset: 9})
		if tt.start.Accepted[fileB].Offset != 0 || tt.start.Safe[fileB].Offset != 0 || w.Accepted()[fileB].Offset != 9 || w.Safe()[fileB].Offset != 9 {
			t.Errorf("%s: passed over: %v", tt.name, w.Accepted())
		}
		w.Accepted()[fileA] = spool.Position{Offset: 77}
		if w.Safe()[fileA].Offset == 77 {
			t.Errorf("%s: what is accepted is safe at once", tt.name)
		}
	}
}

// TestOnItsWay: what was given and is not accepted is known with its lines, bytes and places, however many spans
// there are, until the session ends or is forgotten.
func TestOnItsWay(t *testing.T) {
	w := New(Options{Rewind: time.Hour, RewindBytes: 1 << 20}, Start{Accepted: at(0, 5), Clean: true})
	now := time.Unix(1e9, 0)
	given, accepted := 0, 0
	check := func() {
		t.Helper()
		var sent spool.Positions
		if sent = at(int64(given), 0); given == accepted {
			sent = at(0, 0)
		}
		if w.Lines() != 2*(given-accepted) || w.AllAccepted() != (given == accepted) || w.AllSafe() != (accepted == 0) {
			t.Errorf("%d of %d: %d lines on their way, all accepted: %t, safe: %t", accepted, given, w.Lines(), w.AllAccepted(), w.AllSafe())
		}
		if w.Given() != uint64(10*given) || !reflect.DeepEqual(w.Sent(), sent) || !reflect.DeepEqual(w.Front(), at(int64(given), 5)) {
			t.Errorf("%d of %d: %d bytes given, sent %v, front %v", accepted, given, w.Given(), w.Sent(), w.Front())
		}
	}
	give := func(n int) {
		for range n {
			given++
			w.Give(spanTo(2, at(int64(given), 0)), 7)
			w.Pad(3)
		}
	}
	take := func(n int) {
		for range n {
			now = now.Add(2 * time.Second)
			if s := w.Accept(uint64(10*accepted+6), now, true); s != nil {
				t.Errorf("the span behind %d is accepted too early", accepted)
			}
			s := w.Accept(uint64(10*accepted+7), now, true)
			if accepted++; s == nil || s.Lines != 2 || s.Places[0].Pos.Offset != int64(accepted) {
				t.Fatalf("span %d is %+v", accepted, s)
			}
		}
	}
	check()
	give(10)
	check()
	take(7)
	check()
	give(40) // which goes round in its memory, and beyond
	check()
	take(30)
	check()
	w.Forget()
	if w.Lines() != 0 || !w.AllAccepted() || w.Given() != 500 {
		t.Errorf("%d lines on their way after all were forgotten, %d bytes", w.Lines(), w.Given())
	}
	w.Give(spanTo(2, at(100, 0)), 7)
	if w.Begin(); w.Lines() != 0 || w.Given() != 0 {
		t.Errorf("%d lines on their way over a new session, %d bytes", w.Lines(), w.Given())
	}
	if again := w.Rewind(); again != 74 {
		t.Errorf("%d lines again", again)
	}
	if !reflect.DeepEqual(w.Accepted(), at(0, 5)) || !reflect.DeepEqual(w.Peak(), at(37, 5)) || w.Had() != nil {
		t.Errorf("accepted %v, peak %v, had %v", w.Accepted(), w.Peak(), w.Had())
	}
}

// TestHeld: spans that follow each other soon become one, which has the lines, places and end of all, but not
// repeats with others; a peer that can lose nothing has them safe at once.
func TestHeld(t *testing.T) {
	const budget = 6400
	now := time.Unix(1e9, 0)
	for _, tt := range []struct {
		name    string
		bytes   int
		repeats int // of the two lines of the second span
		after   time.Duration
		spans   int
	}{
		{"soon", 49, 0, time.Second - 1, 1},
		{"later", 49, 0, time.Second, 2},
		{"too many bytes", 50, 0, 0, 2},
		{"repeats behind others", 49, 2, 0, 2},
		{"some repeats behind others", 49, 1, 0, 1},
	} {
		w := New(Options{Rewind: time.Hour, RewindBytes: budget}, Start{Clean: true})
		w.Give(spanTo(2, at(1, 0)), tt.bytes)
		second := spanTo(2, at(2, 3))
		second.Repeats = tt.repeats
		w.Give(second, tt.bytes)
		w.Accept(1000, now, true)
		w.Accept(1000, now.Add(tt.after), true)
		if w.held.n != tt.spans {
			t.Errorf("%s: %d spans are held", tt.name, w.held.n)
		}
		if s := w.held.back(); s.end != uint64(2*tt.bytes) || !s.at.Equal(now.Add(tt.after)) || s.Lines != 2*(3-tt.spans) || s.Repeats != tt.repeats {
			t.Errorf("%s: %+v", tt.name, s)
		}
		if !w.Age(now.Add(2*time.Hour)) || !reflect.DeepEqual(w.Safe(), at(2, 3)) || w.Age(now.Add(2*time.Hour)) {
			t.Errorf("%s: safe up to %v", tt.name, w.Safe())
		}
		w.Give(spanTo(1, at(9, 9)), 1)
		w.Accept(1000, now, false)
		if !w.AllSafe() || !reflect.DeepEqual(w.Safe(), at(9, 9)) {
			t.Errorf("%s: safe up to %v, at once", tt.name, w.Safe())
		}
		if s := spanTo(3, at(1, 1)); s.IsEmpty() {
			t.Error("a span of two files is empty")
		} else if s.Reset(); !s.IsEmpty() || s.Lines != 0 || s.IsRepeat() {
			t.Errorf("%+v", s)
		}
	}
}

// TestResume: sending goes on at the place that the server has told. What lies before it is held, what lies behind
// it and was accepted once is repeated.
func TestResume(t *testing.T) {
	now := time.Unix(1e9, 0)
	for _, tt := range []struct {
		name  string
		place spool.Positions
		peak  spool.Positions
		safe  bool // nothing is held
	}{
		{"at what is safe", at(2, 2), at(8, 7), true},
		{"between", at(5, 2), at(8, 7), false},
		{"at the furthest", at(8, 7), nil, false},
	} {
		w := New(Options{Rewind: time.Minute, RewindBytes: 1000}, Start{Accepted: at(4, 6), Safe: at(2, 2), Had: at(8, 2), Peak: at(2, 7)})
		told := tt.place.Clone()
		w.Resume(told, now)
		told[fileA] = spool.Position{Offset: 1000}
		if !reflect.DeepEqual(w.Accepted(), tt.place) || !reflect.DeepEqual(w.Safe(), at(2, 2)) || !reflect.DeepEqual(w.Peak(), tt.peak) || w.Had() != nil || w.AllSafe() != tt.safe {
			t.Errorf("%s: accepted %v, safe %v, peak %v, had %v", tt.name, w.Accepted(), w.Safe(), w.Peak(), w.Had())
		}
		if w.Age(now.Add(time.Minute - 1)) {
			t.Errorf("%s: safe too early", tt.name)
		}
		if w.Age(now.Add(time.Minute)) == tt.safe || !reflect.DeepEqual(w.Safe(), tt.place) {
			t.Errorf("%s: safe up to %v a minute later", tt.name, w.Safe())
		}
	}
}

// TestSecondChanceOnce: what was sent twice already is safe, if that is enough, and so is the end of a file behind it,
// which has no lines.
func TestSecondChanceOnce(t *testing.T) {
	now := time.Unix(1e9, 0)
	for _, enough := range []bool{false, true} {
		w := New(Options{Rewind: time.Hour, RewindBytes: 1000}, Start{Clean: true})
		s := spanTo(2, at(3, 0))
		s.Repeats = 2
		w.Give(s, 10)
		w.Give(spanTo(0, at(0, 4)), 0)
		w.Accept(10, now, true)
		w.Accept(10, now, true)
		if nothing := w.SecondChance(now, time.Second, enough); nothing != enough || w.AllSafe() != enough || (w.Safe()[fileA].Offset == 3) != enough {
			t.Errorf("enough: %t; nothing is sent again: %t, safe %v", enough, nothing, w.Safe())
		}
	}
}

// TestRepeated: lines up to the furthest place are repeats, also where that is within a frame, and none of another file.
func TestRepeated(t *testing.T) {
	w := New(Options{}, Start{Accepted: spool.Positions{fileA: {Offset: 20, Lines: 3}}, Safe: at(1, 0)})
	for _, tt := range []struct {
		file       frame.FileID
		start, end int64
		want       int
	}{{fileA, 10, 20, 9}, {fileA, 20, 30, 3}, {fileA, 21, 30, 0}, {fileA, 10, 21, 0}, {fileB, 10, 20, 0}} {
		f := &spool.Frame{Frame: frame.Frame{Lines: 9}, File: &spool.File{ID: tt.file}, Start: spool.Position{Offset: tt.start}, End: tt.end}
		if got := w.Repeated(f); got != tt.want {
			t.Errorf("%+v: %d lines", tt, got)
		}
	}
}

// TestPrune drops files that are gone, and with the last of them what was repeated.
func TestPrune(t *testing.T) {
	catalog := spool.NewCatalog(t.TempDir())
	if err := catalog.Refresh(); err != nil {
		t.Fatal(err)
	}
	w := New(Options{}, Start{Accepted: at(3, 4), Safe: at(1, 2)})
	w.Prune(catalog)
	if len(w.Accepted())+len(w.Safe()) != 0 || w.Peak() != nil {
		t.Errorf("accepted %v, safe %v, peak %v", w.Accepted(), w.Safe(), w.Peak())
	}
}
