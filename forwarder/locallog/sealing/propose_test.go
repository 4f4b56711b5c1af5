package sealing

import (
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
