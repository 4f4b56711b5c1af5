package sealing

import (
	"os"
	"strings"
	"testing"
	"time"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/rotate"
)

// TestSettleSaysWhy: why seals begin anew is what has happened to the file: lines of others stand behind its end only
// where some were seen. An idle process records a file that is cut as it is then, so that the record says nothing.
func TestSettleSaysWhy(t *testing.T) {
	const text = "a line of the web server\n"
	size := int64(len(text))
	for name, tt := range map[string]struct {
		recorded int64
		found    rotate.Recovery
		strange  bool
		cause    string // empty: seals go on
	}{
		"as it was":             {size, rotate.Recovery{Path: "access_log", Position: rotate.Position{Size: size, Ino: 1}}, false, ""},
		"a line of others":      {size, rotate.Recovery{Path: "access_log", Position: rotate.Position{Size: size + 9, Ino: 1}}, true, "it has lines of others behind what is recorded"},
		"shorter":               {size, rotate.Recovery{Path: "access_log", Position: rotate.Position{Size: 9, Ino: 1}, Short: size - 9}, false, "it is shorter than recorded"},
		"shorter, and recorded": {9, rotate.Recovery{Path: "access_log", Position: rotate.Position{Size: 9, Ino: 1}}, false, "others have changed its length"},
		"another one":           {size, rotate.Recovery{Path: "access_log", Position: rotate.Position{Size: 9, Ino: 2}, Other: true}, false, "another file has its name"},
	} {
		var told []event.Event
		s := New(Options{Every: time.Hour, Dir: "/nonexistent", Tell: func(e event.Event) { told = append(told, e) }, TellNow: func(event.Event) bool { return true }, Secure: func() error { return nil }})
		file := s.File("/nonexistent/access_log", "access_log")
		head := &frame.FileHeader{File: frame.FileID{Writer: frame.WriterID{ID: 1, PID: 1}, Number: 1}, Stream: "access"}
		f := &spool.Frame{File: &spool.File{ID: head.File}, Head: head, Frame: frame.Frame{Lines: 1, Payload: []byte(text), First: 1, Time: time.Now()}}
		file.From(s.Read(f), true)
		file.Wrote([]byte(text), size)
		file.Settle(rotate.Position{Size: tt.recorded, Ino: 1}, tt.found, tt.strange)
		cause := ""
		for _, e := range told {
			parsed, _ := event.Parse(e.String())
			cause += parsed.Get("cause")
		}
		if cause != tt.cause {
			t.Errorf("%s: %q, want %q", name, cause, tt.cause)
		}
	}
}

// TestSettleGoesOn: what a process has written behind its record before it died is part of the piece, whatever the file is
// called by now; of what cannot be read the seals begin anew.
func TestSettleGoesOn(t *testing.T) {
	const first = "1: 1-0000000000000001 access lines 1-1 (1) 1-1\n2: access_log since 2 0-4\n3: 1-0000000000000001 access lines 2-2 (1) 2-2\n"
	for name, tt := range map[string]struct {
		change func(s *site, recorded rotate.Position, found *rotate.Recovery)
		seals  string // behind those of the first lines
		again  bool   // the file is read again
		cause  string
	}{
		"written on": {func(s *site, _ rotate.Position, found *rotate.Recovery) {
			found.Position.Size = s.put("access_log", "lines\n")
		}, "4: access_log since 2 4-14\n5: 1-0000000000000001 access lines 3-3 (1) 3-3\n6: access_log since 2 14-20\n", false, ""},
		"as it was": {func(*site, rotate.Position, *rotate.Recovery) {},
			"4: access_log since 2 4-8\n5: 1-0000000000000001 access lines 3-3 (1) 3-3\n6: access_log since 2 8-14\n", false, ""},
		"rotated": {func(s *site, _ rotate.Position, found *rotate.Recovery) {
			found.Path = s.backup("access_log", 1)
			s.must(os.Rename(s.path("access_log"), found.Path))
		}, "4: access_log since 2 4-8\n5: 1-0000000000000001 access lines 3-3 (1) 3-3\n6: access_log since 6 0-6\n", true, ""},
		"written on, and rotated": {func(s *site, _ rotate.Position, found *rotate.Recovery) {
			found.Position.Size = s.put("access_log", "lines\n")
			found.Path = s.backup("access_log", 1)
			s.must(os.Rename(s.path("access_log"), found.Path))
		}, "4: access_log since 2 4-14\n5: 1-0000000000000001 access lines 3-3 (1) 3-3\n6: access_log since 6 0-6\n", true, ""},
		"written on, and gone": {func(s *site, _ rotate.Position, found *rotate.Recovery) {
			found.Path, found.Position.Size = s.path("nowhere"), s.put("access_log", "lines\n")
		}, "4: access_log since 2 4-8\n5: 1-0000000000000001 access lines 3-3 (1) 3-3\n6: access_log since 6 14-20\n", false, "no such file or directory"},
		"not to be found": {func(s *site, _ rotate.Position, found *rotate.Recovery) {
			found.Path = ""
		}, "4: access_log since 2 4-8\n5: 1-0000000000000001 access lines 3-3 (1) 3-3\n6: access_log since 6 8-14\n", false, "another file has its name"},
		"nothing is known of it": {func(s *site, _ rotate.Position, found *rotate.Recovery) {
			found.Position = rotate.Position{}
		}, "4: access_log since 2 4-8\n5: 1-0000000000000001 access lines 3-3 (1) 3-3\n6: access_log since 2 8-14\n", false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			w := s.sender(1, 1, "access")
			s.write("access_log", w, "one\n")
			s.seal()
			s.write("access_log", w, "two\n")
			s.commit()
			s.begin()
			recorded := rotate.Position{Size: 8, Ino: 1}
			found := rotate.Recovery{Path: s.path("access_log"), Position: recorded}
			tt.change(s, recorded, &found)
			s.file("access_log").Settle(recorded, found, false)
			s.seal()
			s.write("access_log", w, "three\n")
			s.seal()
			if got := s.seals(); got != first+tt.seals {
				t.Errorf("seals:\n%s", got)
			}
			s.check()
			if s.Busy() != tt.again {
				t.Errorf("it is read again: %v", s.Busy())
			}
			cause := ""
			for _, text := range s.told {
				if told, _ := event.Parse(text); told.Code == event.SealAnew.Code {
					cause += told.Get("cause")
				}
			}
			if !strings.Contains(cause, tt.cause) || (cause == "") != (tt.cause == "") {
				t.Errorf("seals begin anew: %q", cause)
			}
			s.Close()
		})
	}
}
