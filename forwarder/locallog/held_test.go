package locallog

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/stream"
	"httpd-syslog/forwarder/testbed"
)

// obstacles keep a file from being written, and let it be written again.
var obstacles = map[string]func(t *testing.T, path string) (mend func()){
	"directory": func(t *testing.T, path string) func() {
		must(t, os.Mkdir(path, 0o755))
		return func() { must(t, os.Remove(path)) }
	},
	"symbolic link": func(t *testing.T, path string) func() {
		must(t, os.Symlink("/dev/stdout", path))
		return func() { must(t, os.Remove(path)) }
	},
	"FIFO": func(t *testing.T, path string) func() {
		must(t, unix.Mkfifo(path, 0o600))
		return func() { must(t, os.Remove(path)) }
	},
	"immutable": func(t *testing.T, path string) func() {
		must(t, os.WriteFile(path, []byte("before\n"), 0o640))
		setImmutable(t, path, true)
		t.Cleanup(func() { setImmutable(t, path, false) })
		return func() { setImmutable(t, path, false) }
	},
}

// setImmutable is chattr +i and -i.
func setImmutable(t *testing.T, path string, on bool) {
	t.Helper()
	f, err := os.Open(path)
	must(t, err)
	defer f.Close()
	flags := 0
	if on {
		flags = 0x10 // FS_IMMUTABLE_FL
	}
	if err := unix.IoctlSetPointerInt(int(f.Fd()), unix.FS_IOC_SETFLAGS, flags); err != nil && on {
		testbed.Lacking(t, "no file can be made immutable (root may, on most file systems): %v", err)
	}
}

// TestOneFileThatCannotBeWritten: its lines wait, and everything else goes on; when it can be written
// they come in their order, each once, whoever died meanwhile.
func TestOneFileThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	for name, obstruct := range obstacles {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			must(t, os.MkdirAll(s.o.Dir, 0o755))
			w, e := s.writer("access"), s.writer("error")
			mend := obstruct(t, filepath.Join(s.o.Dir, "access_log"))
			l, end := s.beginLocal()
			for range 3 {
				w.Lines(100)
				e.Lines(10)
				s.step(l)
			}
			if s.local("error_log") != testbed.Numbered(1, 30) {
				t.Error("the other stream waits")
			}
			must(t, l.commit())
			st := l.Progress.LocalHealth()
			if len(st.Held) != 1 || st.Held[0].File != "access_log" || st.Held[0].Lines != 300 || !strings.Contains(st.Error, "access_log") {
				t.Errorf("status has %+v, %q", st.Held, st.Error)
			}
			if b := s.status().Local.Backlog; b.Lines != 300 || b.Oldest.IsZero() {
				t.Errorf("%+v wait", b)
			}
			for _, st := range s.status().Streams {
				if want := map[string]uint64{"access": 300, "error": 30}[st.Name]; st.Name != stream.Audit && st.Lines != want {
					t.Errorf("%s has %d lines", st.Name, st.Lines)
				}
			}
			end() // another goes on
			l, end = s.beginLocal()
			w.Lines(100)
			w.Close()
			w.Lines(100)
			e.Lines(10)
			s.step(l)
			mend()
			s.untilLevel(l)
			w.Lines(50)
			s.step(l)
			if got := strings.TrimPrefix(s.local("access_log"), "before\n"); got != testbed.Numbered(1, 550) {
				t.Errorf("access_log does not have each line once: it has %d", strings.Count(got, "\n"))
			}
			if s.local("error_log") != testbed.Numbered(1, 40) {
				t.Error("error_log does not have each line once")
			}
			w.Close()
			e.Close()
			end()
			if got, want := strings.Count(s.local("audit_log"), "access_log cannot be written"), 3; got != want { // once each, and that it is over
				t.Errorf("%d events of it, want %d:\n%s", got, want, s.local("audit_log"))
			}
			if left, _ := os.ReadDir(s.stateDir.Spool()); len(left) != 0 {
				t.Errorf("left in the spool: %v", left)
			}
			if b := s.status().Local.Backlog; b.Lines != 0 {
				t.Errorf("%+v wait", b)
			}
		})
	}
}

// untilLevel steps until no file is behind.
func (s *site) untilLevel(l *Log) {
	s.t.Helper()
	testbed.Eventually(s.t, "no file is behind", func() bool {
		for file := range l.apart {
			file.trouble.tried = time.Time{} // do not wait
		}
		s.step(l)
		return !l.isBehind()
	})
}

// TestEventsFileThatCannotBeWritten: events stand among the lines of other streams, whose files go on.
func TestEventsFileThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	must(t, os.MkdirAll(filepath.Join(s.o.Dir, "audit_log"), 0o755))
	w := s.writer("access")
	l, end := s.beginLocal()
	w.Lines(10)
	w.Event("one")
	w.Lines(10)
	s.step(l)
	must(t, l.commit())
	if s.local("access_log") != testbed.Numbered(1, 20) {
		t.Error("access_log waits")
	}
	if st := s.status(); st.Streams[0].Lines != 20 || st.Streams[0].Local != 20 {
		t.Errorf("%+v", st.Streams[0])
	}
	waiting, err := statedir.NewWaiting(s.stateDir, []frame.WriterID{w.W.ID()}).Count()
	if err != nil || waiting[statedir.LocalLog] != 0 {
		t.Errorf("%v wait, %v", waiting, err)
	}
	w.Event("two")
	s.step(l)
	must(t, os.Remove(filepath.Join(s.o.Dir, "audit_log")))
	s.untilLevel(l)
	if got := s.local("audit_log"); !strings.Contains(got, "one\n") || strings.Index(got, "two\n") < strings.Index(got, "one\n") || strings.Count(got, "one\n") != 1 {
		t.Errorf("%q", got)
	}
	w.Close()
	end()
}

// TestKilledWhileAFileWaits: the record has where each file is.
func TestKilledWhileAFileWaits(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w, e := s.writer("access"), s.writer("error")
	access := filepath.Join(s.o.Dir, "access_log")
	w.Lines(10)
	l, end := s.beginLocal()
	s.step(l)
	must(t, os.Rename(access, access+".1"))
	must(t, os.Mkdir(access, 0o755))
	for n := range 20 {
		w.Lines(5)
		e.Lines(2)
		s.step(l)
		if n == 10 {
			must(t, l.commit())
		}
	}
	killed := s.backup() // as a kill leaves it, with what the files have since the commit
	if s.local("error_log") != testbed.Numbered(1, 40) {
		t.Error("the other file waits")
	}
	end()
	killed()
	must(t, os.Truncate(filepath.Join(s.o.Dir, "audit_log"), 0)) // what was told at the end of the first life
	l, end = s.beginLocal()
	s.step(l)
	if s.local("error_log") != testbed.Numbered(1, 40) {
		t.Error("error_log does not have each line once")
	}
	must(t, os.Remove(access))
	s.untilLevel(l)
	if got := s.local("access_log.1") + s.local("access_log"); got != testbed.Numbered(1, 110) {
		t.Errorf("access_log does not have each line once: %d", strings.Count(got, "\n"))
	}
	w.Close()
	e.Close()
	end()
}

// TestFileOnAFullDiskOfItsOwn: the other files are elsewhere, and go on.
func TestFileOnAFullDiskOfItsOwn(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	hosts := filepath.Join(s.o.Dir, "small.example")
	must(t, os.MkdirAll(hosts, 0o755))
	if err := unix.Mount("tmpfs", hosts, "tmpfs", 0, "size=64k"); err != nil {
		testbed.Lacking(t, "no tmpfs can be mounted (root may): %v", err)
	}
	t.Cleanup(func() { _ = unix.Unmount(hosts, unix.MNT_DETACH) })
	s.streams[0].File = "{vhost}/access_log"
	w := s.writer("access")
	l, end := s.beginLocal()
	var small, large strings.Builder
	for n := range 40 {
		text := fmt.Sprintf("small.example %d %s\n", n, strings.Repeat("x", 4000))
		small.WriteString(text)
		fmt.Fprintf(&large, "large.example %d\n", n)
		w.Text(text + fmt.Sprintf("large.example %d\n", n))
		s.step(l)
	}
	if s.local("large.example/access_log") != large.String() {
		t.Error("the other file waits")
	}
	if st := l.Progress.LocalHealth(); len(st.Held) != 1 || st.Held[0].File != "small.example/access_log" {
		t.Errorf("%+v", st.Held)
	}
	must(t, unix.Mount("", hosts, "", unix.MS_REMOUNT, "size=1m"))
	s.untilLevel(l)
	if s.local("small.example/access_log") != small.String() {
		t.Error("the file does not have each line once")
	}
	w.Close()
	end()
}
