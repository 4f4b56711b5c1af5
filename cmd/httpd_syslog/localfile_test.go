package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"httpd-syslog/forwarder/testbed"
)

// TestRenamedLocalFileLosesNothing: logrotate's way. The lines are in the old
// file and the new one, each once.
func TestRenamedLocalFileLosesNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.configure("%s", s.places())
	f, w := s.pipe()
	b := writeOn(w)
	path := filepath.Join(s.log, "access_log")
	var names []string
	for _, name := range []string{"access_log.1", "access_log.2", "access_log.3"} {
		s.awaitLocalLines(1000)
		names = append(names, name)
		if err := os.Rename(path, filepath.Join(s.log, name)); err != nil {
			t.Fatal(err)
		}
		testbed.Eventually(t, "a new file", func() bool { return testbed.Exists(path) })
	}
	s.awaitLocalLines(1000)
	n := b.end(t)
	w.Close()
	f.wait(0)
	s.awaitEnd()
	var got []string
	for _, name := range append(names, "access_log") {
		got = append(got, split(t, s.local(name))...)
	}
	checkAll(t, "all files", got, n)
}

// TestRemovedLocalFileLosesOnlyWhatWasCommitted: what was written since the last
// commit is written again.
func TestRemovedLocalFileLosesOnlyWhatWasCommitted(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.configure("%s", s.places())
	f, w := s.pipe()
	b := writeOn(w)
	s.awaitLocalLines(1000)
	path := filepath.Join(s.log, "access_log")
	old, err := os.Open(path) // to see what goes with it
	if err != nil {
		t.Fatal(err)
	}
	defer old.Close()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	s.awaitLocalLines(1000)
	n := b.end(t)
	w.Close()
	f.wait(0)
	s.awaitEnd()
	removed, err := io.ReadAll(old)
	if err != nil {
		t.Fatal(err)
	}
	y := tallyUp(append(split(t, string(removed)), s.localLines()...), n)
	t.Logf("removed file and new file: %v", y)
	if y.missing > 0 || len(y.torn) > 0 {
		t.Error("lines are missing or torn")
	}
	s.awaitEvent("the file written so far was removed")
	again := tallyUp(s.localLines(), n) // by itself it is whole from some line on
	if again.doubled > 0 || again.misplaced > 0 {
		t.Errorf("new file: %v", again)
	}
}

// TestTruncatedLocalFileHasNoHole: logrotate's copytruncate.
func TestTruncatedLocalFileHasNoHole(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.configure("%s", s.places())
	f, w := s.pipe()
	writeLines(t, w, 1, 1000)
	s.awaitLocalLines(1000) // what comes between copying and truncating is lost, by logrotate
	path := filepath.Join(s.log, "access_log")
	copied := s.local("access_log")
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	writeLines(t, w, 1001, 2000)
	w.Close()
	f.wait(0)
	s.awaitEnd()
	checkAll(t, "copy and file", append(split(t, copied), s.localLines()...), 2000)
}

// TestRemovedLogDirectoryIsMadeAgain: rm -r by someone who wants room.
func TestRemovedLogDirectoryIsMadeAgain(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.configure("%s", s.places())
	f, w := s.pipe()
	writeLines(t, w, 1, 1000)
	s.awaitLocalLines(1000)
	testbed.Eventually(t, "the directory's removal", func() bool { return os.RemoveAll(s.log) == nil })
	writeLines(t, w, 1001, 2000)
	s.awaitLocal("access_log", line(2000)+"\n")
	w.Close()
	f.wait(0)
	s.awaitEnd()
	y := tallyUp(s.localLines(), 2000)
	t.Logf("new file: %v", y)
	if y.missing > 1000 || y.doubled > 0 || len(y.torn) > 0 || y.misplaced > 0 {
		t.Error("not each of the later lines once")
	}
}

// TestCheckLooksAtEachFile: what cannot be written is found before lines wait for it.
func TestCheckLooksAtEachFile(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.configure("%s", s.places())
	for _, dir := range []string{s.state, s.log} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	check := func() (string, error) {
		out, err := s.command(nil, "check", "--config", s.config).CombinedOutput()
		return string(out), err
	}
	if out, err := check(); err != nil {
		t.Fatalf("with nothing wrong: %v\n%s", err, out)
	}
	for _, name := range []string{"access_log", "error_log", "audit_log"} {
		path := filepath.Join(s.log, name)
		if err := os.Symlink("/dev/stdout", path); err != nil {
			t.Fatal(err)
		}
		if out, err := check(); err == nil || !strings.Contains(out, path) {
			t.Errorf("%s is a symbolic link: %v\n%s", name, err, out)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
}

// TestStrangeLinesStayUntilAcknowledged: what another program has written to a file while nothing ran
// stays, and status says so until somebody has said that he has seen it.
func TestStrangeLinesStayUntilAcknowledged(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.configure("%s", s.places())
	f, w := s.pipe()
	writeLines(t, w, 1, 10)
	w.Close()
	f.wait(0)
	s.awaitEnd()
	before := s.local("access_log")
	testbed.WriteFile(t, filepath.Join(s.log, "access_log"), before+"by hand\n")
	f, w = s.pipe()
	writeLines(t, w, 11, 20)
	w.Close()
	f.wait(0)
	s.awaitEnd()
	if got := s.local("access_log"); !strings.HasPrefix(got, before+"by hand\n") || strings.Count(got, "\n") != 21 {
		t.Errorf("the file has %q", got)
	}
	status := func(args ...string) (string, int) {
		cmd := s.command(nil, append([]string{"status", "--config", s.config}, args...)...)
		out, _ := cmd.CombinedOutput()
		return string(out), cmd.ProcessState.ExitCode()
	}
	if out, code := status("--check"); code != 1 || !strings.Contains(out, "access_log has 1 lines (8 bytes)") {
		t.Errorf("status --check: %d, %s", code, out)
	}
	if out, code := status("--acknowledge"); code != 0 || strings.Contains(out, "access_log has") {
		t.Errorf("status --acknowledge: %d, %s", code, out)
	}
	if out, code := status("--check"); code != 0 {
		t.Errorf("acknowledged, and status --check: %d, %s", code, out)
	}
}
