package sealing

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
)

// TestToldAgain: a start tells those seals again that were told in the last moments before the record, and no older
// ones, whether seals are made then or not.
func TestToldAgain(t *testing.T) {
	head := &frame.FileHeader{File: frame.FileID{Writer: frame.WriterID{ID: 1, PID: 1}, Number: 1}, Stream: "access"}
	for name, tt := range map[string]struct {
		pause time.Duration
		again int // how often each start tells the begin of the chain
	}{
		"a reload right away":     {time.Second, 1},
		"a reload a minute later": {time.Minute, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var r *cursor.Seals
				first := uint64(1)
				for n, every := range []time.Duration{time.Hour, 0, 0, time.Hour} {
					begins := 0
					s := New(Options{Every: every, Dir: t.TempDir(), Tell: func(event.Event) {}, Secure: func() error { return nil }, TellNow: func(e event.Event) bool {
						if strings.Contains(e.String(), "{event=seal.chain ") {
							begins++
						}
						return true
					}})
					s.Begin(r)
					s.Read(&spool.Frame{File: &spool.File{ID: head.File}, Head: head, Frame: frame.Frame{Lines: 1, Payload: []byte("line\n"), First: first, Time: time.Now()}})
					s.Applied()
					first++
					s.WantAll()
					for _, pause := range []time.Duration{0, tt.pause, 0} {
						time.Sleep(pause)
						r = s.Record()
						s.Committed(r)
						if !s.TellMade() {
							t.Error("not all is told")
						}
					}
					want := tt.again
					if n == 0 {
						want = 1
					}
					if begins != want {
						t.Errorf("process %d tells the begin of the chain %d times, not %d", n, begins, want)
					}
				}
			})
		})
	}
}

// TestMostAtOnce: of many pieces those are sealed that were begun first, writers' and files' alike; the others go on, and
// their time begins anew. Files that must end do so beside them.
func TestMostAtOnce(t *testing.T) {
	for _, tt := range []struct{ writers, files, first, second int }{
		{100, 0, 100, 0},
		{70, 30, 100, 0},
		{101, 0, 50, 50},
		{70, 70, 100, 40},
		{20, 120, 100, 40},
		{120, 20, 70, 70},
	} {
		t.Run(fmt.Sprint(tt.writers, tt.files), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSite(t)
				for n := range max(tt.writers, tt.files) {
					if n < tt.writers {
						w := s.sender(uint64(1000-n), 1, "access")
						w.next = uint64(n + 1) // its frame comes later than those of others
						s.Read(w.frame("one\n"))
					}
					if n < tt.files {
						name := fmt.Sprintf("log%03d", 999-n)
						s.file(name).From(nil, false)
						s.file(name).Wrote([]byte("1\n"), s.put(name, "1\n"))
					}
					s.Applied()
					time.Sleep(time.Second)
				}
				since := s.Unsealed()
				s.seal()
				if n := int(s.Status().N); n != tt.first {
					t.Errorf("%d seals at first, not %d", n, tt.first)
				}
				if left := tt.second > 0; left != !s.Unsealed().IsZero() || left && (!s.Unsealed().Equal(time.Now()) || s.Unsealed().Equal(since)) {
					t.Errorf("what is left has waited since %v", s.Unsealed())
				}
				oldest := s.seals()
				s.seal()
				if n := int(s.Status().N); n < tt.first+min(tt.second, 50) {
					t.Errorf("%d seals then, not %d", n, tt.first+tt.second)
				}
				for n := 0; n < 3; n++ {
					s.seal()
				}
				if n := int(s.Status().N); n != tt.writers+tt.files || !s.Unsealed().IsZero() {
					t.Errorf("%d seals in the end, not %d", n, tt.writers+tt.files)
				}
				if tt.second > 0 {
					if !strings.Contains(oldest, fmt.Sprintf("1-%016x ", 1000)) || tt.writers > 50 && strings.Contains(oldest, fmt.Sprintf("1-%016x ", 1000-tt.writers+1)) {
						t.Errorf("not the oldest writers' lines are sealed first:\n%s", oldest)
					}
					if tt.files > 50 && (!strings.Contains(oldest, "log999") || strings.Contains(oldest, fmt.Sprintf("log%03d", 1000-tt.files))) {
						t.Errorf("not the oldest files are sealed first:\n%s", oldest)
					}
				}
				s.ledger.Files(s.o.Dir)
				for _, p := range s.ledger.Problems() {
					t.Error(p)
				}
			})
		})
	}
}

// TestMostAtOnceOfFilesWithOneWriter: a file whose writer's lines are sealed before it keeps the sum of its own bytes.
func TestMostAtOnceOfFilesWithOneWriter(t *testing.T) {
	s := newSite(t)
	for n := range 70 {
		w := s.sender(uint64(n+1), 1, "access")
		w.next = uint64(100 - n) // whose file is the first has the last line
		s.write(fmt.Sprintf("log%02d", n), w, fmt.Sprintln("line", n))
	}
	must := s.sender(100, 1, "access")
	s.write("wanted", must, "one\n")
	s.file("wanted").Want()
	s.commit()
	for range 3 {
		s.seal()
	}
	s.check()
	if n := s.Status().N; n != 142 {
		t.Errorf("%d seals", n)
	}
}
