package sealing

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/seal"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/status"
)

// TestDue: seals are due so long after the first text that is not sealed, sooner at the end of a writer, and not at once
// after a record could not be written.
func TestDue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		a := s.sender(1, 1, "access")
		const never = -time.Hour
		due := func(what string, in time.Duration, now bool) {
			t.Helper()
			at := s.DueAt()
			if at != s.NextAt() {
				t.Errorf("%s: seals are due at %v, and the next thing to do at %v", what, at, s.NextAt())
			}
			if at.IsZero() && in != never || !at.IsZero() && time.Until(at) != in {
				t.Errorf("%s: seals are due at %v, in %v, and not in %v", what, at, time.Until(at), in)
			}
			if is := s.Due(); is != now {
				t.Errorf("%s: they are due now: %v", what, is)
			}
		}
		due("nothing to seal", never, false)
		s.EndOf(a.file, nil)
		due("the end of a file, and nothing to seal", never, false)
		s.write("access_log", a, "one\n")
		due("a line", time.Hour, false)
		time.Sleep(time.Minute)
		s.write("access_log", a, "two\n")
		due("another line a minute later", 59*time.Minute, false)
		other := &spool.File{ID: frame.FileID{Writer: frame.WriterID{ID: 2, PID: 1}, Number: 9}}
		next := &spool.File{ID: frame.FileID{Writer: a.file.ID.Writer, Number: a.file.ID.Number + 1}}
		s.EndOf(a.file, []*spool.File{a.file, other, next})
		due("its writer has another file", 59*time.Minute, false)
		s.EndOf(a.file, []*spool.File{a.file, other})
		due("its writer has no other file", time.Second, false)
		time.Sleep(time.Second / 2)
		s.EndOf(other, []*spool.File{other})
		due("another writer's end", time.Second/2, false)
		time.Sleep(time.Second / 2)
		if !s.Due() {
			t.Error("seals are not due at the end of a writer")
		}
		s.Record()
		s.Failed()
		due("a record that was not written", 0, false)
		time.Sleep(time.Second)
		if !s.Due() {
			t.Error("seals are not due again")
		}
		s.seal()
		due("all is sealed", never, false)
		s.write("access_log", a, "three\n")
		due("a line behind the seals", time.Hour, false)
		s.EndOf(a.file, nil)
		time.Sleep(59*time.Minute + 59*time.Second)
		s.seal()
		s.write("access_log", a, "four\n")
		due("the end was before the seals", time.Hour, false)
		time.Sleep(time.Hour - time.Second/2)
		s.EndOf(a.file, nil)
		due("an end just before they are due anyway", time.Second/2, false)
		time.Sleep(time.Second / 2)
		if !s.Due() {
			t.Error("seals are not due after their time")
		}
	})
}

// TestWantsWithNothing: where nothing is to be sealed nothing is wanted; seals and heartbeats alone are nothing to seal, and
// are sealed with what comes next.
func TestWantsWithNothing(t *testing.T) {
	s := newSite(t)
	s.WantAll()
	a := s.sender(1, 1, "access")
	e := a.events()
	for _, k := range []*event.Kind{&event.SealLines, &event.SealFile, &event.SealCentral, &event.SealChain, &event.SealBroken, &event.Heartbeat} {
		s.write("audit_log", e, "x {event="+k.Code+"}\n")
		if !s.Unsealed().IsZero() {
			t.Errorf("%s alone is to be sealed", k.Code)
		}
	}
	s.WantAll()
	s.commit()
	if got := s.seals(); got != "" || s.Status().N != 0 {
		t.Errorf("seals of nothing:\n%s", got)
	}
	for _, text := range []string{"x {event=" + event.SealOff.Code + "}\n", "x {event=" + event.SealRotated.Code + "}\n", "no block\n"} {
		s.write("audit_log", e, text)
		if s.Unsealed().IsZero() {
			t.Errorf("%q is not to be sealed", text)
		}
		s.seal()
		if !s.Unsealed().IsZero() {
			t.Errorf("%q is not sealed", text)
		}
	}
	if got, want := s.seals(), "1: 1-0000000000000001 access audit 1-7 (7) 1-7\n"; !strings.HasPrefix(got, want) {
		t.Errorf("seals:\n%s", got)
	}
}

// TestNoSeals: nothing is hashed, nothing is due, nothing is recorded, and files need not care.
func TestNoSeals(t *testing.T) {
	s := newSite(t)
	s.o.Every = 0
	s.begin()
	a := s.sender(1, 1, "access")
	w := s.Read(a.frame("one\n"))
	f := s.file("access_log")
	if w != nil || f != nil {
		t.Errorf("%v, %v", w, f)
	}
	f.From(w, true)
	f.Wrote([]byte("one\n"), 4)
	f.Part()
	f.Skip()
	f.Want()
	f.Rotated("other", 0)
	f.Anew(9, "x")
	s.Forget(f)
	s.Applied()
	if r := s.Record(); r != nil {
		t.Errorf("%+v", r)
	}
	s.Committed(nil)
	if st := s.Status(); st != nil || s.Due() || !s.NextAt().IsZero() || s.Busy() || len(s.told) > 0 {
		t.Errorf("%+v", st)
	}
}

// TestNoMoreSeals: that is told once, with the last seal; what was not sealed is not later, and the chain goes on.
func TestNoMoreSeals(t *testing.T) {
	s := newSite(t)
	a := s.sender(1, 1, "access")
	s.write("access_log", a, "one\n")
	s.seal()
	s.write("access_log", a, "two\n")
	s.commit()
	chain := s.chain.ID
	s.told = nil
	s.o.Every = 0
	for n, changed := range []bool{true, false, false} {
		if got := s.begin(); got != changed {
			t.Errorf("start %d: a commit comes first: %v", n, got)
		}
		s.Read(a.frame("three\n"))
		s.commit()
		if !s.NextAt().IsZero() || s.Due() {
			t.Error("seals are due")
		}
	}
	if want := "no seals are made from now on {event=seal.off chain=" + chain + " n=2}"; len(s.told) != 1 || s.told[0] != want {
		t.Errorf("%q", s.told)
	}
	s.o.Every = time.Hour
	if s.begin() {
		t.Error("the chain is another one")
	}
	s.file("access_log").Anew(20, "x")
	s.put("access_log", "1234567890123456")
	s.write("access_log", a, "four\n")
	s.seal()
	if got, want := s.seals(), "1: 1-0000000000000001 access lines 1-1 (1) 1-1\n2: access_log since 2 0-4\n3: 1-0000000000000001 access lines 6-6 (1) 6-6\n"; !strings.HasPrefix(got, want) || s.chain.ID != chain {
		t.Errorf("seals:\n%s", got)
	}
}

// TestStatus: how far the seals are, over starts.
func TestStatus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		a := s.sender(1, 1, "access")
		want := status.Seals{Every: time.Hour}
		is := func(what string) {
			t.Helper()
			for range 2 {
				got := *s.Status()
				if got.Chain = ""; got.N != want.N || got.Count != want.Count || !got.At.Equal(want.At) || !got.Since.Equal(want.Since) || got.Every != want.Every {
					t.Errorf("%s:\n%+v, want\n%+v", what, got, want)
				}
				if s.Status().Chain != s.chain.ID {
					t.Errorf("%s: chain %q", what, s.Status().Chain)
				}
				s.commit()
				s.kill()
			}
		}
		is("nothing")
		want.Since = time.Now()
		s.write("access_log", a, "one\n")
		is("a line")
		time.Sleep(time.Minute)
		s.write("access_log", a, "two\n")
		is("a line later")
		s.seal()
		want.N, want.Count, want.At, want.Since = 2, 2, time.Now(), time.Time{}
		is("seals")
		time.Sleep(time.Minute)
		s.commit()
		is("a commit without seals")
		s.write("access_log", a, "three\n")
		s.seal()
		want.N, want.Count, want.At = 4, 4, time.Now()
		is("more seals")
	})
}

// TestTelling: seals are told when the record is written, first made certain of; what cannot be told is tried again ten
// seconds later, and nothing is told twice.
func TestTelling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		a := s.sender(1, 1, "access")
		if !s.TellMade() || s.secured > 0 {
			t.Error("nothing is to be told, and it is not done")
		}
		s.write("access_log", a, "one\n")
		s.WantAll()
		s.Record()
		s.TellMade()
		s.Failed()
		s.TellMade()
		if len(s.told) > 0 {
			t.Errorf("seals are told that are not recorded: %q", s.told)
		}
		s.commit()
		s.secure = errors.New("a disk")
		if s.TellMade() || len(s.told) > 0 {
			t.Errorf("seals are told that a power failure can take back: %q", s.told)
		}
		s.secure, s.deaf = nil, true
		if s.TellMade() {
			t.Error("nobody can be told, and it is done")
		}
		s.deaf = false
		time.Sleep(9 * time.Second)
		if s.TellMade() || len(s.told) > 0 {
			t.Errorf("it is tried again at once: %q", s.told)
		}
		time.Sleep(time.Second)
		if !s.TellMade() || len(s.told) != 3 || !s.TellMade() || len(s.told) != 3 {
			t.Errorf("told: %q", s.told)
		}
		for n, code := range []string{"seal.chain", "seal.lines", "seal.file"} {
			if !strings.Contains(s.told[n], "{event="+code+" ") {
				t.Errorf("%d: %q", n, s.told[n])
			}
		}
		s.check()
	})
}

// TestWriters: the last number of each writer that has not ended, as of the last commit, and after a start.
func TestWriters(t *testing.T) {
	s := newSite(t)
	first, second := s.sender(2, 1, "access"), s.sender(1, 7, "access")
	e := first.events()
	is := func(want ...event.Range) {
		t.Helper()
		if got := s.Writers(); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
	is()
	s.write("access_log", first, "one\ntwo\n")
	is()
	s.commit()
	is(event.Range{Writer: "1-0000000000000002", First: 1, Last: 2})
	s.write("access_log", second, "one\n")
	s.write("access_log", first, "three\n")
	s.write("audit_log", e, "x {event=relay.up}\n")
	is(event.Range{Writer: "1-0000000000000002", First: 1, Last: 2})
	s.commit()
	both := []event.Range{{Writer: "1-0000000000000002", First: 1, Last: 3}, {Writer: "7-0000000000000001", First: 1, Last: 1}}
	is(both...)
	s.kill()
	s.write("access_log", first, "four\n")
	s.commit()
	both[0].Last = 4
	is(both...)
	s.seal()
	is(both...)
	s.write("audit_log", e, "x {event="+event.IntakeEnd.Code+" stream=access writer=7-0000000000000001 last=1}\n")
	is(both...)
	s.commit()
	is(both[0])
	s.write("audit_log", e, "x {event="+event.EventsEnd.Code+"}\n") // it is the teller's own
	s.commit()
	is()
}

// TestWritersOfHeartbeatsAreBounded: a writer that is remembered stays so while it writes.
func TestWritersOfHeartbeatsAreBounded(t *testing.T) {
	s := newSite(t)
	for n := range mostWriters + 5 {
		s.Read(s.sender(uint64(n+1), 1, "access").frame("one\n"))
		s.Applied()
	}
	s.commit()
	last := seal.Heartbeat{Writers: s.Writers()}.Writers
	if len(last) != mostWriters || last[len(last)-1].Writer != fmt.Sprintf("1-%016x", mostWriters+5) {
		t.Errorf("%d writers, the last one %+v", len(last), last[len(last)-1])
	}
}
