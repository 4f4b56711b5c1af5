package shortage

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"testing"
	"time"

	"httpd-syslog/forwarder/audit"
	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/stream"
	"httpd-syslog/forwarder/testbed/smalldisk"
)

// TestWhatIsLeftOutIsTold: once in a while, and at the end; of the events' own file only with the rest, or when
// there is room again.
func TestWhatIsLeftOutIsTold(t *testing.T) {
	t.Parallel()
	long := time.Now().Add(-2 * audit.RepeatAfter)
	for name, c := range map[string]struct {
		s             Shortage
		now, atTheEnd bool
	}{
		"nothing":                   {Shortage{ToldAt: long}, false, false},
		"lines":                     {Shortage{LeftOut: map[string]int{"access_log": 3}, ToldAt: long, Skipping: true}, true, true},
		"lines, told of lately":     {Shortage{LeftOut: map[string]int{"access_log": 3}, ToldAt: time.Now(), Skipping: true}, false, true},
		"events":                    {Shortage{LeftOut: map[string]int{stream.AuditFile: 3}, ToldAt: long, Skipping: true}, false, false},
		"events, and there is room": {Shortage{LeftOut: map[string]int{stream.AuditFile: 3}, ToldAt: long}, true, true},
		"events and lines":          {Shortage{LeftOut: map[string]int{stream.AuditFile: 3, "access_log": 1}, ToldAt: long, Skipping: true}, true, true},
	} {
		if now, end := c.s.IsToBeTold(false), c.s.IsToBeTold(true); now != c.now || end != c.atTheEnd {
			t.Errorf("%s: told now: %t, at the end: %t", name, now, end)
		}
	}
	var s Shortage
	s.Note("access_log", 2, nil)
	s.Note("access_log", 3, nil)
	if s.LeftOut["access_log"] != 5 || !s.Skipping {
		t.Errorf("%+v", s)
	}
}

// TestNumbersOfWhatIsLeftOut: those of the frames that have the lines, each frame once; told once.
func TestNumbersOfWhatIsLeftOut(t *testing.T) {
	t.Parallel()
	var s Shortage
	var lines, events Runs
	read := func(runs *Runs, kind frame.Kind, first uint64, lines int) {
		f := &spool.Frame{Head: &frame.FileHeader{File: frame.FileID{Writer: frame.WriterID{ID: 6, PID: 7}}, Stream: "access"}}
		f.Kind, f.First, f.Lines = kind, first, lines
		runs.Add(f)
	}
	read(&lines, frame.Lines, 11, 5)
	read(&lines, frame.Lines, 11, 5) // another host's line of it
	read(&events, frame.Event, 1, 1)
	read(&lines, frame.Lines, 16, 1)
	s.Note("access_log", 6, lines)
	s.Note(stream.AuditFile, 1, events)
	got := map[string]string{}
	tell := func(deaf bool) {
		s.Tell(func(e event.Event) (string, bool) {
			if !deaf {
				got[e.Value("file")] += e.Value("lines") + fmt.Sprint(e.Ranges)
			}
			return "", !deaf
		})
	}
	tell(true)
	tell(false)
	tell(false)
	want := map[string]string{"access_log": "6[{7-0000000000000006 11 16 false}]", stream.AuditFile: "1[{7-0000000000000006 1 1 true}]"}
	if !maps.Equal(got, want) || len(s.LeftOut) > 0 {
		t.Errorf("%v, want %v", got, want)
	}
}

// TestLastOfTheDisk: it is for the spool where there are others; alone the local log has it. The disk is looked at
// now and then.
func TestLastOfTheDisk(t *testing.T) {
	t.Parallel()
	others := false
	asked := 0
	s := Shortage{Full: true, LookedAt: time.Now(), Others: Others{
		Are: func() bool { return others }, Have: func(*cursor.Span) bool { return false }, MakeRoom: func() { asked++ },
	}}
	if !s.IsNearlyFull(t.TempDir()) {
		t.Error("looked though there are no others")
	}
	others = true
	if !s.IsNearlyFull(t.TempDir()) {
		t.Error("looked again at once")
	}
	s.LookedAt = time.Time{}
	if s.IsNearlyFull(t.TempDir()); s.LookedAt.IsZero() {
		t.Error("not looked in time")
	}
	if s.short != (asked == 1) {
		t.Errorf("short of room: %t; asked for some %d times", s.short, asked)
	}
}

// TestShortDisk: others are asked for room once each time that the disk gets short, before it is nearly full.
func TestShortDisk(t *testing.T) {
	disk := t.TempDir()
	smalldisk.Mount(t, disk, "8m")
	asked := 0
	s := Shortage{Others: Others{Are: func() bool { return true }, MakeRoom: func() { asked++ }}}
	for i, tt := range []struct {
		used  int // of 1024 parts
		full  bool
		asked int
	}{{700, false, 0}, {820, false, 1}, {830, false, 1}, {950, true, 1}, {700, false, 1}, {820, false, 2}} {
		if err := os.WriteFile(filepath.Join(disk, "other"), make([]byte, tt.used<<13), 0o600); err != nil {
			t.Fatal(err)
		}
		s.LookedAt = time.Time{}
		if full := s.IsNearlyFull(disk); full != tt.full || asked != tt.asked {
			t.Errorf("step %d: nearly full: %t, and asked %d times, want %t, %d", i, full, asked, tt.full, tt.asked)
		}
	}
}
