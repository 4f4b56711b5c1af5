package forwarder

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/syslogfmt"
)

// deliverLocally writes what is in the spool to the local log, and ends. It is quicker than a
// deliverer, which waits for more before it ends.
func (s *site) deliverLocally() {
	s.t.Helper()
	l, end := s.beginLocal()
	defer end()
	s.step(l)
}

// beginLocal begins with the local log alone.
func (s *site) beginLocal() (l *local, end func()) {
	s.t.Helper()
	must(s.t, statedir.Make(s.o.StateDir))
	lock, err := lockDelivery(s.t.Context(), s.o.StateDir)
	must(s.t, err)
	d, err := newDeliverer(s.o, lock, newEventLog(s.o.StateDir, s.o.Host, 0))
	must(s.t, err)
	l, err = d.newLocal()
	must(s.t, err)
	if s.maxOpen > 0 {
		l.maxOpen = s.maxOpen
	}
	if !l.begin() {
		s.t.Fatal("the local log cannot be begun")
	}
	return l, func() {
		d.closeEvents()
		l.ending = true
		s.step(l)
		must(s.t, l.commit())
		l.end()
		d.consumers.set([]*consumer{newConsumer(l.progress, nil, nil)})
		d.clean()
		lock.Release()
	}
}

// step has the local log write what is there.
func (s *site) step(l *local) {
	s.t.Helper()
	must(s.t, l.catalog.Refresh())
	for _, f := range l.catalog.Files() {
		f.Touch()
	}
	_ = l.step(s.t.Context()) // its status tells
}

// event spools one.
func (s *site) event(text string) {
	e := newEventLog(s.o.StateDir, s.o.Host, 0)
	defer e.close()
	if !e.logNow(syslogfmt.Notice, "%s", text) {
		s.t.Fatal("the event cannot be written")
	}
}

// age makes a local file one that was last written to a minute ago.
func (s *site) age(file string) {
	s.t.Helper()
	at := time.Now().Add(-time.Minute)
	must(s.t, os.Chtimes(filepath.Join(s.o.Log.Dir, file), at, at))
}

// backup copies the state directory, and returns what puts the copy in its place.
func (s *site) backup() (restore func()) {
	s.t.Helper()
	copied := filepath.Join(s.t.TempDir(), "state")
	if err := os.CopyFS(copied, os.DirFS(s.o.StateDir)); err != nil {
		s.t.Fatal(err)
	}
	return func() {
		s.t.Helper()
		if err := errors.Join(os.RemoveAll(s.o.StateDir), os.CopyFS(s.o.StateDir, os.DirFS(copied))); err != nil {
			s.t.Fatal(err)
		}
	}
}

func (s *site) appendLocal(file, text string) {
	s.t.Helper()
	f, err := os.OpenFile(filepath.Join(s.o.Log.Dir, file), os.O_APPEND|os.O_WRONLY, 0)
	if err == nil {
		_, err = f.WriteString(text)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *site) status() Status {
	s.t.Helper()
	st, err := ReadStatus(s.o.StateDir)
	if err != nil {
		s.t.Fatal(err)
	}
	return st
}

// found is what a status has of a file.
func (s *site) found(file string) (all []FoundFile) {
	for _, f := range s.status().Local.Found {
		if f.File == file {
			f.Time = time.Time{}
			all = append(all, f)
		}
	}
	return all
}

// TestOlderStateDirectory: nothing that the log has and the restored state directory does not know of
// is cut; delivery goes on behind it, and somebody is told of each file until he has said so.
func TestOlderStateDirectory(t *testing.T) {
	s := newSite(t)
	w := s.writer("access")
	w.write(1000)
	w.close()
	s.deliverLocally()
	s.event("before the backup")
	s.deliverLocally()
	restore := s.backup()
	w.write(1000)
	w.close()
	s.event("of the time between")
	s.deliverLocally()
	s.age("access_log")
	s.age("audit_log")
	restore()
	w = s.writer("access")
	w.n = 2001
	w.write(10)
	w.close()
	s.deliverLocally()
	if s.local("access_log") != numbered(1, 2010) {
		t.Error("access_log does not have each line once")
	}
	if !strings.Contains(s.local("audit_log"), "of the time between\n") {
		t.Error("audit_log was cut")
	}
	size := uint64(len(numbered(1001, 2000)))
	if want := []FoundFile{{File: "access_log", Lines: 1000, Bytes: size}}; !slices.Equal(s.found("access_log"), want) {
		t.Errorf("%+v, want %+v", s.found("access_log"), want)
	}
	if len(s.found("audit_log")) != 1 {
		t.Errorf("%+v", s.status().Local.Found)
	}
	said := fmt.Sprintf("access_log has 1000 lines (%d bytes) behind what is recorded that the spool does not have; they stay, and delivery goes on behind them: no line is there twice", size)
	if n := strings.Count(s.local("audit_log"), said); n != 1 {
		t.Errorf("an event says so %d times:\n%s", n, s.local("audit_log"))
	}
	w.write(1)
	w.close()
	s.deliverLocally()
	if len(s.found("access_log")) != 1 {
		t.Errorf("nobody has said that he has seen it, and there is %+v", s.status().Local.Found)
	}
	if err := statedir.Acknowledge(s.o.StateDir); err != nil {
		t.Fatal(err)
	}
	if found := s.status().Local.Found; len(found) != 0 {
		t.Errorf("acknowledged, and there still is %+v", found)
	}
	w.write(1)
	w.close()
	s.deliverLocally()
	if c, err := readCursor(statedir.CursorPath(s.o.StateDir, statedir.LocalCursor)); err != nil || len(c.Found) != 0 {
		t.Errorf("%v, the record keeps %+v", err, c.Found)
	}
}

// TestOlderStateWithLinesInItsSpool: lines that a restored spool brings back, and the log has, are
// not written again, wherever other lines came in between.
func TestOlderStateWithLinesInItsSpool(t *testing.T) {
	s := newSite(t)
	w := s.writer("access")
	w.write(100)
	w.close()
	s.deliverLocally()
	for range 5 {
		w.write(20)
	}
	w.close()
	restore := s.backup()
	s.deliverLocally()
	w.write(50)
	w.close()
	s.deliverLocally()
	s.age("access_log")
	restore()
	w = s.writer("access")
	w.n = 251
	w.write(10)
	w.close()
	s.deliverLocally()
	if s.local("access_log") != numbered(1, 260) {
		t.Errorf("access_log does not have each line once: %d", strings.Count(s.local("access_log"), "\n"))
	}
	if want := []FoundFile{{File: "access_log", Lines: 50, Bytes: uint64(len(numbered(201, 250)))}}; !slices.Equal(s.found("access_log"), want) {
		t.Errorf("%+v, want %+v", s.found("access_log"), want)
	}
	for _, st := range s.status().Streams {
		if st.Name == "access" && (st.Lines != 210 || st.Local != 210) { // as the restored directory and what followed have it
			t.Errorf("%+v", st)
		}
	}
}

// TestWhatStandsBehindTheRecord: what a killed process had written is told from what others have,
// whatever the order.
func TestWhatStandsBehindTheRecord(t *testing.T) {
	for name, test := range map[string]struct {
		tail  string // behind line 10
		want  string // behind line 10 in the end; the spool has frames of the lines 11-12, 13, and of "other 1", "other 2"
		lines uint64 // found
		twice bool
	}{
		"nothing":                     {"", numbered(11, 13) + "other 1\nother 2\n", 0, false},
		"all of it":                   {numbered(11, 13) + "other 1\nother 2\n", numbered(11, 13) + "other 1\nother 2\n", 0, false},
		"in another order":            {"other 1\n" + numbered(11, 13), "other 1\n" + numbered(11, 13) + "other 2\n", 0, false},
		"part of a frame":             {"line 11\nli", numbered(11, 13) + "other 1\nother 2\n", 0, false},
		"part of a line":              {"l", numbered(11, 13) + "other 1\nother 2\n", 0, false},
		"another's line behind":       {numbered(11, 12) + "by hand\n", numbered(11, 12) + "by hand\n" + "line 13\nother 1\nother 2\n", 1, true},
		"another's line before":       {"by hand\n" + numbered(11, 13) + "other 1\nother 2\n", "by hand\n" + numbered(11, 13) + "other 1\nother 2\n", 1, false},
		"another's line within":       {numbered(11, 12) + "by hand\nother 1\nline 13\n", numbered(11, 12) + "by hand\nother 1\nline 13\nother 2\n", 1, true},
		"another's line without end":  {"by hand", "by hand\n" + numbered(11, 13) + "other 1\nother 2\n", 1, true},
		"another's line, ours broken": {"line 11\nby hand\n", "line 11\nby hand\n" + numbered(11, 13) + "other 1\nother 2\n", 2, true},
		"blocks of zeros":             {"line 11\nline 12\n" + strings.Repeat("\x00", 5000), numbered(11, 13) + "other 1\nother 2\n", 0, false},
		"a long strange line":         {strings.Repeat("x", 700000) + "\n" + numbered(11, 12), strings.Repeat("x", 700000) + "\n" + numbered(11, 13) + "other 1\nother 2\n", 1, true},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			w, other := s.writer("access"), s.writer("access")
			w.write(10)
			w.close()
			s.deliverLocally()
			w.write(2)
			w.write(1)
			other.text("other 1\n")
			other.text("other 2\n")
			w.close()
			other.close()
			s.appendLocal("access_log", test.tail)
			s.deliverLocally()
			if got := s.local("access_log"); got != numbered(1, 10)+test.want {
				t.Errorf("the file has %.300q", got)
			}
			found := s.found("access_log")
			if test.lines == 0 && len(found) != 0 || test.lines > 0 && (len(found) != 1 || found[0].Lines != test.lines || found[0].Twice != test.twice) {
				t.Errorf("found %+v", found)
			}
			if left, _ := os.ReadDir(statedir.SpoolDir(s.o.StateDir)); len(left) != 0 {
				t.Errorf("left in the spool: %v", left)
			}
		})
	}
}

// text spools a frame of other lines.
func (w *lineWriter) text(text string) {
	w.t.Helper()
	n := strings.Count(text, "\n")
	b := append(make([]byte, spool.FrameHeader), text...)
	f := spool.Frame{Kind: spool.Lines, Severity: spool.StreamSeverity, Time: time.Now(), First: w.n, Lines: n}
	f.Seal(b)
	if _, err := w.w.Write(b); err != nil {
		w.t.Fatal(err)
	}
	w.n += uint64(n)
}

// event spools an event as an intake does, among its lines.
func (w *lineWriter) event(text string) {
	w.t.Helper()
	b := append(make([]byte, spool.FrameHeader), text+"\n"...)
	f := spool.Frame{Kind: spool.Event, Severity: 5, Time: time.Now(), First: 1, Lines: 1}
	f.Seal(b)
	if _, err := w.w.Write(b); err != nil {
		w.t.Fatal(err)
	}
}

// TestLogThatIsNotTheRecordedOne: a file that has lost its end, or is another one, is told of.
func TestLogThatIsNotTheRecordedOne(t *testing.T) {
	for name, test := range map[string]struct {
		change func(t *testing.T, path string)
		want   FoundFile
		had    string // before the ten lines that come then
	}{
		"lost its end": {func(t *testing.T, path string) { must(t, os.Truncate(path, int64(len(numbered(1, 40))))) },
			FoundFile{Short: int64(len(numbered(41, 100)))}, numbered(1, 40)},
		"emptied": {func(t *testing.T, path string) { must(t, os.Truncate(path, 0)) },
			FoundFile{Short: int64(len(numbered(1, 100)))}, ""},
		"an older copy": {func(t *testing.T, path string) {
			must(t, os.Remove(path))
			must(t, os.WriteFile(path, []byte(numbered(1, 40)), 0o640))
			must(t, os.Chtimes(path, time.Time{}, time.Now().Add(-time.Hour)))
		}, FoundFile{Replaced: true, Lines: 40, Bytes: uint64(len(numbered(1, 40)))}, numbered(1, 40)},
		"rotated by others": {func(t *testing.T, path string) { must(t, os.Rename(path, path+".1")) }, FoundFile{}, ""},
		"rotated, and both have more": {func(t *testing.T, path string) {
			must(t, os.Rename(path, path+".1"))
			must(t, os.WriteFile(path+".1", []byte(numbered(1, 120)), 0o640))
			must(t, os.WriteFile(path, []byte(numbered(121, 130)), 0o640))
			must(t, os.Chtimes(path, time.Time{}, time.Now().Add(-time.Hour)))
		}, FoundFile{Replaced: true, Lines: 30, Bytes: uint64(len(numbered(101, 130)))}, numbered(121, 130)},
		"removed": {func(t *testing.T, path string) { must(t, os.Remove(path)) }, FoundFile{}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			s.o.Sync = 0
			w := s.writer("access")
			w.write(100)
			w.close()
			s.deliverLocally()
			test.change(t, filepath.Join(s.o.Log.Dir, "access_log"))
			w.n = 201
			w.write(10)
			w.close()
			s.deliverLocally()
			if got := s.local("access_log"); got != test.had+numbered(201, 210) {
				t.Errorf("the file has %.300q", got)
			}
			found := s.found("access_log")
			if test.want == (FoundFile{}) {
				if len(found) != 0 {
					t.Errorf("found %+v", found)
				}
				return
			}
			if test.want.File = "access_log"; len(found) != 1 || found[0] != test.want {
				t.Errorf("found %+v, want %+v", found, test.want)
			}
			if n := len(regexp.MustCompile(`local log: access_log (is|has) `).FindAllString(s.local("audit_log"), -1)); n != 1 {
				t.Errorf("%d events:\n%s", n, s.local("audit_log"))
			}
		})
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
