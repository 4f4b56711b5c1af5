package locallog

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

	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/testbed"
)

// found is what a status has of a file.
func (s *site) found(file string) (all []cursor.Found) {
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
	t.Parallel()
	s := newSite(t)
	w := s.writer("access")
	w.Lines(1000)
	w.Close()
	s.deliverLocally()
	s.event("before the backup")
	s.deliverLocally()
	restore := s.backup()
	w.Lines(1000)
	w.Close()
	s.event("of the time between")
	s.deliverLocally()
	s.age("access_log")
	s.age("audit_log")
	restore()
	w = s.writer("access")
	w.Next = 2001
	w.Lines(10)
	w.Close()
	s.deliverLocally()
	if s.local("access_log") != testbed.Numbered(1, 2010) {
		t.Error("access_log does not have each line once")
	}
	if !strings.Contains(s.local("audit_log"), "of the time between {") {
		t.Error("audit_log was cut")
	}
	size := uint64(len(testbed.Numbered(1001, 2000)))
	if want := []cursor.Found{{File: "access_log", Lines: 1000, Bytes: size}}; !slices.Equal(s.found("access_log"), want) {
		t.Errorf("%+v, want %+v", s.found("access_log"), want)
	}
	if len(s.found("audit_log")) != 1 {
		t.Errorf("%+v", s.status().Local.Found)
	}
	said := fmt.Sprintf("access_log has 1000 lines (%d bytes) behind what is recorded that the spool does not have; they stay, and delivery goes on behind them: no line is there twice", size)
	if n := strings.Count(s.local("audit_log"), said); n != 1 {
		t.Errorf("an event says so %d times:\n%s", n, s.local("audit_log"))
	}
	w.Lines(1)
	w.Close()
	s.deliverLocally()
	if len(s.found("access_log")) != 1 {
		t.Errorf("nobody has said that he has seen it, and there is %+v", s.status().Local.Found)
	}
	if err := s.stateDir.Acknowledge(); err != nil {
		t.Fatal(err)
	}
	if found := s.status().Local.Found; len(found) != 0 {
		t.Errorf("acknowledged, and there still is %+v", found)
	}
	w.Lines(1)
	w.Close()
	s.deliverLocally()
	if c, err := cursor.Read(s.stateDir.Cursor(statedir.LocalCursor)); err != nil || len(c.Found) != 0 {
		t.Errorf("%v, the record keeps %+v", err, c.Found)
	}
	testbed.WantTold(t, s.audit(), "file.found", "file.acknowledged")
}

// TestOlderStateWithLinesInItsSpool: lines that a restored spool brings back, and the log has, are
// not written again, wherever other lines came in between.
func TestOlderStateWithLinesInItsSpool(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.writer("access")
	w.Lines(100)
	w.Close()
	s.deliverLocally()
	for range 5 {
		w.Lines(20)
	}
	w.Close()
	restore := s.backup()
	s.deliverLocally()
	w.Lines(50)
	w.Close()
	s.deliverLocally()
	s.age("access_log")
	restore()
	w = s.writer("access")
	w.Next = 251
	w.Lines(10)
	w.Close()
	s.deliverLocally()
	if s.local("access_log") != testbed.Numbered(1, 260) {
		t.Errorf("access_log does not have each line once: %d", strings.Count(s.local("access_log"), "\n"))
	}
	if want := []cursor.Found{{File: "access_log", Lines: 50, Bytes: uint64(len(testbed.Numbered(201, 250)))}}; !slices.Equal(s.found("access_log"), want) {
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
	t.Parallel()
	for name, test := range map[string]struct {
		tail  string // behind line 10
		want  string // behind line 10 in the end; the spool has frames of the lines 11-12, 13, and of "other 1", "other 2"
		lines uint64 // found
		twice bool
	}{
		"nothing":                     {"", testbed.Numbered(11, 13) + "other 1\nother 2\n", 0, false},
		"all of it":                   {testbed.Numbered(11, 13) + "other 1\nother 2\n", testbed.Numbered(11, 13) + "other 1\nother 2\n", 0, false},
		"in another order":            {"other 1\n" + testbed.Numbered(11, 13), "other 1\n" + testbed.Numbered(11, 13) + "other 2\n", 0, false},
		"part of a frame":             {"line 11\nli", testbed.Numbered(11, 13) + "other 1\nother 2\n", 0, false},
		"part of a line":              {"l", testbed.Numbered(11, 13) + "other 1\nother 2\n", 0, false},
		"another's line behind":       {testbed.Numbered(11, 12) + "by hand\n", testbed.Numbered(11, 12) + "by hand\n" + "line 13\nother 1\nother 2\n", 1, true},
		"another's line before":       {"by hand\n" + testbed.Numbered(11, 13) + "other 1\nother 2\n", "by hand\n" + testbed.Numbered(11, 13) + "other 1\nother 2\n", 1, false},
		"another's line within":       {testbed.Numbered(11, 12) + "by hand\nother 1\nline 13\n", testbed.Numbered(11, 12) + "by hand\nother 1\nline 13\nother 2\n", 1, true},
		"another's line without end":  {"by hand", "by hand\n" + testbed.Numbered(11, 13) + "other 1\nother 2\n", 1, true},
		"another's line, ours broken": {"line 11\nby hand\n", "line 11\nby hand\n" + testbed.Numbered(11, 13) + "other 1\nother 2\n", 2, true},
		"blocks of zeros":             {"line 11\nline 12\n" + strings.Repeat("\x00", 5000), testbed.Numbered(11, 13) + "other 1\nother 2\n", 0, false},
		"a long strange line":         {strings.Repeat("x", 700000) + "\n" + testbed.Numbered(11, 12), strings.Repeat("x", 700000) + "\n" + testbed.Numbered(11, 13) + "other 1\nother 2\n", 1, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			w, other := s.writer("access"), s.writer("access")
			w.Lines(10)
			w.Close()
			s.deliverLocally()
			w.Lines(2)
			w.Lines(1)
			other.Text("other 1\n")
			other.Text("other 2\n")
			w.Close()
			other.Close()
			s.appendLocal("access_log", test.tail)
			s.deliverLocally()
			if got := s.local("access_log"); got != testbed.Numbered(1, 10)+test.want {
				t.Errorf("the file has %.300q", got)
			}
			found := s.found("access_log")
			if test.lines == 0 && len(found) != 0 || test.lines > 0 && (len(found) != 1 || found[0].Lines != test.lines || found[0].Twice != test.twice) {
				t.Errorf("found %+v", found)
			}
			if left, _ := os.ReadDir(s.stateDir.Spool()); len(left) != 0 {
				t.Errorf("left in the spool: %v", left)
			}
		})
	}
}

// TestKilledBehindAKilledOne: a process finds behind the record what a killed one had written, commits
// lines of other files, and is killed itself before that file gets a line. What the file has is in the
// record then: the next process finds nothing more, and no line is missing or there twice.
func TestKilledBehindAKilledOne(t *testing.T) {
	for name, test := range map[string]struct {
		change func(path string) error // of the file, between the first two processes
		file   string                  // that has the lines then
		found  int                     // by the second process
	}{
		"as it was": {func(string) error { return nil }, "audit_log", 0},
		"renamed":   {func(path string) error { return os.Rename(path, path+".1") }, "audit_log.1", 0},
		"a copy in its place": {func(path string) error {
			b, err := os.ReadFile(path)
			return errors.Join(err, os.WriteFile(path+".new", b, 0o640), os.Rename(path+".new", path))
		}, "audit_log", 1},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			s.event("first")
			l, _ := s.beginLocal()
			must(t, s.step(l))
			must(t, l.commit())
			s.event("second")
			l.state.at = time.Now().Add(time.Hour) // no commit
			must(t, s.step(l))
			s.killLocal(l)
			must(t, test.change(filepath.Join(s.o.Dir, "audit_log")))

			w := s.writer("access")
			w.Lines(10)
			l, _ = s.beginLocal()
			must(t, s.step(l))
			must(t, l.commit())
			s.clean(l)
			s.killLocal(l)

			w.Close()
			s.deliverLocally()
			if found := s.status().Local.Found; len(found) != test.found {
				t.Errorf("found %+v", found)
			}
			if got := s.local(test.file); strings.Count(got, "] first {") != 1 || strings.Count(got, "] second {") != 1 {
				t.Errorf("%s has\n%s", test.file, got)
			}
			if s.local("access_log") != testbed.Numbered(1, 10) {
				t.Error("access_log does not have each line once")
			}
		})
	}
}

// TestLogThatIsNotTheRecordedOne: a file that has lost its end, or is another one, is told of.
func TestLogThatIsNotTheRecordedOne(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change func(t *testing.T, path string)
		want   cursor.Found
		had    string // before the ten lines that come then
	}{
		"lost its end": {func(t *testing.T, path string) { must(t, os.Truncate(path, int64(len(testbed.Numbered(1, 40))))) },
			cursor.Found{Short: int64(len(testbed.Numbered(41, 100)))}, testbed.Numbered(1, 40)},
		"emptied": {func(t *testing.T, path string) { must(t, os.Truncate(path, 0)) },
			cursor.Found{Short: int64(len(testbed.Numbered(1, 100)))}, ""},
		"an older copy": {func(t *testing.T, path string) {
			must(t, os.Remove(path))
			must(t, os.WriteFile(path, []byte(testbed.Numbered(1, 40)), 0o640))
			must(t, os.Chtimes(path, time.Time{}, time.Now().Add(-time.Hour)))
		}, cursor.Found{Replaced: true, Lines: 40, Bytes: uint64(len(testbed.Numbered(1, 40)))}, testbed.Numbered(1, 40)},
		"rotated by others": {func(t *testing.T, path string) { must(t, os.Rename(path, path+".1")) }, cursor.Found{}, ""},
		"rotated, and both have more": {func(t *testing.T, path string) {
			must(t, os.Rename(path, path+".1"))
			must(t, os.WriteFile(path+".1", []byte(testbed.Numbered(1, 120)), 0o640))
			must(t, os.WriteFile(path, []byte(testbed.Numbered(121, 130)), 0o640))
			must(t, os.Chtimes(path, time.Time{}, time.Now().Add(-time.Hour)))
		}, cursor.Found{Replaced: true, Lines: 30, Bytes: uint64(len(testbed.Numbered(101, 130)))}, testbed.Numbered(121, 130)},
		"removed": {func(t *testing.T, path string) { must(t, os.Remove(path)) }, cursor.Found{}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			s.o.Sync = false
			w := s.writer("access")
			w.Lines(100)
			w.Close()
			s.deliverLocally()
			test.change(t, filepath.Join(s.o.Dir, "access_log"))
			w.Next = 201
			w.Lines(10)
			w.Close()
			s.deliverLocally()
			if got := s.local("access_log"); got != test.had+testbed.Numbered(201, 210) {
				t.Errorf("the file has %.300q", got)
			}
			found := s.found("access_log")
			if test.want == (cursor.Found{}) {
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

// TestLargeFileFromBefore: a log that is older than the spool can have no line of it, and is not read when
// the first lines come: it may be as large as this one, which has no blocks.
func TestLargeFileFromBefore(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	must(t, os.MkdirAll(s.o.Dir, 0o755))
	path := filepath.Join(s.o.Dir, "access_log")
	must(t, os.WriteFile(path, nil, 0o640))
	const size = 1 << 42
	if err := os.Truncate(path, size); err != nil {
		t.Skip("the file system has no files so large: ", err)
	}
	must(t, os.Chtimes(path, time.Time{}, time.Now().Add(-time.Hour)))
	w := s.writer("access")
	w.Lines(10)
	w.Close()
	s.deliverLocally()
	if found := s.found("access_log"); len(found) != 0 {
		t.Errorf("told of it: %+v", found)
	}
	want := "\n" + testbed.Numbered(1, 10) // what was there has no end of a line
	f, err := os.Open(path)
	must(t, err)
	defer f.Close()
	got := make([]byte, len(want)+1)
	if n, _ := f.ReadAt(got, size); string(got[:n]) != want {
		t.Errorf("behind what was there is %q", got[:n])
	}
}
