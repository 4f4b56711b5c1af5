package main

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"httpd-syslog/forwarder/testbed"
)

// TestEmptyInputLeavesNoTrace: Apache opens its logs twice at each start.
func TestEmptyInputLeavesNoTrace(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(*testing.T) *os.File{
		"closed pipe": func(t *testing.T) *os.File {
			r, w := testbed.Pipe(t)
			w.Close()
			return r
		},
		"dev null":   func(t *testing.T) *os.File { return openFile(t, os.DevNull) },
		"empty file": func(t *testing.T) *os.File { return openFile(t, tempFile(t, "")) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			s.configure("%s", s.places())
			f := s.start(open(t))
			f.wait(0)
			if testbed.Exists(s.state) || testbed.Exists(s.log) || s.stderr() != "" {
				t.Errorf("state: %v, log: %v, standard error: %q", testbed.Exists(s.state), testbed.Exists(s.log), s.stderr())
			}
		})
	}
}

func openFile(t *testing.T, path string) *os.File {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func tempFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "input")
	testbed.WriteFile(t, path, text)
	return path
}

// TestLastLineGetsItsEnd: a web server that is killed may leave a line unfinished.
func TestLastLineGetsItsEnd(t *testing.T) {
	t.Parallel()
	s, srv := newSite(t), newServer(t)
	srv.open()
	s.configure("%s%s", s.places(), srv.relay("a"))
	f, w := s.pipe()
	write(t, w, "one\n\ntwo without an end")
	w.Close()
	f.wait(0)
	s.awaitEnd()
	if got := s.local("access_log"); got != "one\n\ntwo without an end\n" {
		t.Errorf("local log: %q", got)
	}
	if got := strings.Join(srv.texts(), "|"); got != "one||two without an end" {
		t.Errorf("server: %q", got)
	}
}

// TestBytesPassUnchanged: whatever they are.
func TestBytesPassUnchanged(t *testing.T) {
	t.Parallel()
	s, srv := newSite(t), newServer(t)
	srv.open()
	s.configure("%s%s", s.places(), srv.relay("a"))
	random := rand.NewChaCha8([32]byte{1})
	b := make([]byte, 300_000)
	random.Read(b)
	text := "%s %d %!\x00\xff\xfe\r\n\x1b[31m\u2028\n\xf5HSF\n" + string(b) + "\n"
	f, w := s.pipe()
	write(t, w, text)
	w.Close()
	f.wait(0)
	s.awaitEnd()
	if s.local("access_log") != text {
		t.Error("the local log is not what was written")
	}
	if got := strings.Join(srv.texts(), "\n") + "\n"; got != text {
		t.Errorf("the server has not got what was written: %d bytes instead of %d", len(got), len(text))
	}
}

// TestLongLineIsCutMarkedAndCounted: at max_line, however it arrives.
func TestLongLineIsCutMarkedAndCounted(t *testing.T) {
	t.Parallel()
	const limit = 2048
	for name, long := range map[string]int{"by one byte": limit + 1, "by far": 1_000_000} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			s.configure("%s[spool]\nmax_line = \"2KiB\"\n", s.places())
			f, w := s.pipe("--wait")
			whole := strings.Repeat("w", limit)
			write(t, w, "before\n"+strings.Repeat("x", long)+"\n"+whole+"\nafter\n")
			s.awaitLocal("access_log", "after\n")
			w.Close()
			f.wait(0)
			s.awaitEnd()
			got := s.localLines()
			if len(got) != 4 || got[0] != "before" || got[2] != whole || got[3] != "after" {
				t.Fatalf("%d lines: %.100q", len(got), got)
			}
			checkCut(t, got[1], long, limit)
			s.awaitEvent("1 lines of access longer than 2048 bytes were cut")
			if told := s.awaitTold("lines.cut"); len(told.Ranges()) != 1 || told.Ranges()[0].First != 2 || told.Ranges()[0].Last != 2 {
				t.Errorf("%+v", told)
			}
			if want := "4 lines read, 1 cut to max_line\n"; !strings.Contains(s.stderr(), want) {
				t.Errorf("standard error has not %q: %s", want, s.stderr())
			}
		})
	}
}

// checkCut holds that the line says truly how much of it is not there.
func checkCut(t *testing.T, text string, long, limit int) {
	t.Helper()
	kept, mark, ok := strings.Cut(text, " [httpd_syslog: cut here, ")
	cut, err := strconv.Atoi(strings.TrimSuffix(mark, " bytes]"))
	if !ok || err != nil || kept != strings.Repeat("x", len(kept)) || len(kept)+cut != long {
		t.Errorf("%d bytes kept, mark %q, of a line of %d bytes", len(kept), mark, long)
	}
	if len(text) > limit || len(text) < limit-48 {
		t.Errorf("the line has %d bytes where max_line is %d", len(text), limit)
	}
}

// TestRegularFileIsTakenInToItsEnd: httpd_syslog <access_log.
func TestRegularFileIsTakenInToItsEnd(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.configure("%s", s.places())
	s.start(openFile(t, tempFile(t, lines(1, 50_000)))).wait(0)
	s.awaitEnd()
	checkAll(t, "local log", s.localLines(), 50_000)
}

// nobody is an ordinary user.
const nobody = 65534

// asNobody makes the command an ordinary user's, if the test is not one itself.
func asNobody(cmd *exec.Cmd) *exec.Cmd {
	if os.Geteuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	return cmd
}

// giveAway lets an ordinary user have the site's directory.
func (s *site) giveAway() {
	s.t.Helper()
	if os.Geteuid() != 0 {
		return
	}
	for dir := s.dir; dir != os.TempDir(); dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil {
			s.t.Fatal(err)
		}
	}
	s.chown(nobody)
}

func (s *site) chown(uid int) {
	s.t.Helper()
	if err := os.Chown(s.dir, uid, uid); err != nil {
		s.t.Fatal(err)
	}
}

// startForbidden starts the program as an ordinary user who cannot make the
// state directory.
func (s *site) startForbidden(more string) (*front, *os.File) {
	s.t.Helper()
	s.giveAway()
	s.configure("%s%s", s.places(), more)
	testbed.WriteFile(s.t, filepath.Join(s.dir, "stderr"), "") // which cannot be made then
	s.allow(0o555)
	r, w := testbed.Pipe(s.t)
	cmd := asNobody(s.command(r, "--config", s.config))
	f := s.run(cmd)
	r.Close()
	return f, w
}

func (s *site) allow(mode os.FileMode) {
	s.t.Helper()
	if err := os.Chmod(s.dir, mode); err != nil {
		s.t.Fatal(err)
	}
}

// TestUnwritableStateDirectoryHoldsUpNobody: lines wait in memory until the
// directory is mended.
func TestUnwritableStateDirectoryHoldsUpNobody(t *testing.T) {
	t.Parallel()
	const n = 50_000 // 4.7 MB, of 16 MB of memory
	s := newSite(t)
	f, w := s.startForbidden("")
	writeLines(t, w, 1, n)
	s.awaitStderr(`httpd_syslog: state directory "` + s.state + `": cannot write to "` + s.dir + `"`)
	if testbed.Exists(s.state) {
		t.Fatal("the state directory is there: the test is worth nothing")
	}
	s.allow(0o755)
	s.awaitLocalLines(n)
	w.Close()
	f.wait(0)
	s.awaitEnd()
	checkAll(t, "local log", s.localLines(), n)
}

// TestFullMemoryDropsTheNewestLinesAndCountsThem: with when_full = "drop".
func TestFullMemoryDropsTheNewestLinesAndCountsThem(t *testing.T) {
	t.Parallel()
	const n = 50_000
	s := newSite(t)
	f, w := s.startForbidden("[spool]\nmemory = \"1MiB\"\n")
	writeLines(t, w, 1, n)
	s.allow(0o755)
	s.awaitLocalLines(1000)
	writeLines(t, w, n+1, n+1000)
	w.Close()
	f.wait(0)
	s.awaitEnd()
	y := tallyUp(s.localLines(), n+1000)
	t.Logf("local log: %v", y)
	if y.doubled > 0 || len(y.torn) > 0 || y.misplaced > 0 {
		t.Error("lines are doubled, torn or out of order")
	}
	if y.missing == 0 {
		t.Fatal("no line is missing: the test is worth nothing")
	}
	if got := countDropped(t, s.local("audit_log")); got != y.missing {
		t.Errorf("the events count %d lines dropped, %d are missing:\n%s", got, y.missing, s.local("audit_log"))
	}
}

// countDropped adds up what the events say.
func countDropped(t *testing.T, audit string) (sum int) {
	t.Helper()
	for _, event := range split(t, audit) {
		before, _, ok := strings.Cut(event, " lines of access dropped")
		if !ok {
			continue
		}
		n, err := strconv.Atoi(before[strings.LastIndexByte(before, ' ')+1:])
		if err != nil {
			t.Errorf("%q: %v", event, err)
		}
		sum += n
	}
	return sum
}

// TestFullMemoryBlocksWhereThatIsWanted: with when_full = "block" nothing is
// lost, and the writer waits for the directory to be mended.
func TestFullMemoryBlocksWhereThatIsWanted(t *testing.T) {
	t.Parallel()
	const n = 50_000
	s := newSite(t)
	f, w := s.startForbidden("[spool]\nmemory = \"1MiB\"\nwhen_full = \"block\"\n")
	written := make(chan error, 1)
	go func() { written <- tryLines(w, 1, n) }()
	s.awaitStderr("cannot write to")
	s.allow(0o755)
	if err := <-written; err != nil {
		t.Fatal(err)
	}
	w.Close()
	f.wait(0)
	s.awaitEnd()
	checkAll(t, "local log", s.localLines(), n)
}
