package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"httpd-syslog/cmd/internal/cli"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/testbed"
)

// without is the program in a machine of its own that lacks something: the script is run
// before it, as root of a mount namespace.
func (s *site) without(script string, args ...string) *exec.Cmd {
	s.t.Helper()
	if out, err := exec.Command("unshare", "-m", "sh", "-c", "true").CombinedOutput(); err != nil {
		testbed.Lacking(s.t, "cannot have a mount namespace: %v: %s", err, out)
	}
	return exec.Command("unshare", append([]string{"-m", "sh", "-c", script + ` && exec "$@"`, "sh", program(), "--config", s.config}, args...)...)
}

// TestBareRoot: neither /proc nor /dev/null is needed, as in a chroot. The lines arrive, and
// nobody complains.
func TestBareRoot(t *testing.T) {
	t.Parallel()
	for name, script := range map[string]string{
		"no proc": "mount -t tmpfs none /proc",
		"no dev":  "mount -t tmpfs none /dev",
		"neither": "mount -t tmpfs none /dev && mount -t tmpfs none /proc",
		"no null": "mount -t tmpfs none /dev && mkdir /dev/null",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			s.configure("%s", s.places())
			r, w := testbed.Pipe(t)
			cmd := s.without(script)
			cmd.Stdin = r
			f := s.run(cmd)
			r.Close()
			writeLines(t, w, 1, 5000)
			s.awaitLocalLines(5000)
			w.Close()
			f.wait(0)
			s.awaitEnd()
			checkAll(t, "local log", s.localLines(), 5000)
			if text := s.stderr(); strings.Contains(text, "httpd_syslog:") { // the race detector misses /proc
				t.Errorf("standard error: %s", text)
			}
		})
	}
}

// TestNoIntakeCanBeStarted: where there are too few descriptors for another process the front
// says so, on standard error and in an event, and reads the lines itself.
func TestNoIntakeCanBeStarted(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.configure("%s", s.places())
	r, w := testbed.Pipe(t)
	cmd := exec.Command("sh", "-c", `ulimit -n 9; exec "$@"`, "sh", program(), "--wait", "--config", s.config)
	cmd.Stdin = r
	f := s.run(cmd)
	r.Close()
	const lines = 20000 // more than the pipe holds
	writeLines(t, w, 1, lines)
	w.Close()
	f.wait(cli.ExitOK)
	text := s.stderr()
	for _, want := range []string{"cannot start an intake", "this process reads the lines itself", fmt.Sprintf("%d lines read", lines)} {
		if !strings.Contains(text, want) {
			t.Errorf("standard error lacks %q: %s", want, text)
		}
	}
	testbed.WantTold(t, testbed.Spooled(t, statedir.Dir(s.state)), "front.reads")
	spooled := s.spooled()
	if !strings.Contains(spooled, line(1)+"\n") || !strings.Contains(spooled, line(lines)+"\n") || !strings.Contains(spooled, "no intake can be started") {
		t.Errorf("the spool has not all: %d bytes", len(spooled))
	}
}

// TestNoDaemon: without the program that delivers lines wait, and standard error, the status
// and an event say what is missing and where it was looked for. Once it is there it delivers.
func TestNoDaemon(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.configure("%s", s.places())
	own := filepath.Join(s.dir, "bin", "httpd_syslog")
	if err := os.Mkdir(filepath.Dir(own), 0o755); err != nil {
		t.Fatal(err)
	}
	copyPrograms(t, filepath.Dir(own))
	if err := os.Rename(own+"d", own+"d.away"); err != nil {
		t.Fatal(err)
	}
	r, w := testbed.Pipe(t)
	cmd := s.command(r, "--config", s.config)
	cmd.Path = own
	f := s.run(cmd)
	r.Close()
	writeLines(t, w, 1, 10)
	missing := fmt.Sprintf("httpd_syslogd, which delivers, is missing, and lines wait in the spool: it is neither %sd nor %s/libexec/httpd-syslog/httpd_syslogd", own, s.dir)
	s.awaitStderr(missing)
	n := 10
	testbed.Eventually(t, "lines in the spool, and the event that comes with them", func() bool {
		n++
		writeLines(t, w, n, n)
		return strings.Contains(s.spooled(), line(10)) && testbed.Tells(testbed.Spooled(t, statedir.Dir(s.state)), "delivery.missing")
	})
	out, err := exec.Command(own, "status", "--config", s.config).CombinedOutput()
	if err == nil || !strings.Contains(string(out), missing) {
		t.Errorf("status: %v %s", err, out)
	}
	if err := os.Rename(own+"d.away", own+"d"); err != nil {
		t.Fatal(err)
	}
	s.awaitLocalLines(n)
	testbed.Eventually(t, "the event that somebody delivers again", func() bool {
		n++
		writeLines(t, w, n, n)
		return testbed.Tells(s.local("audit_log"), "delivery.back")
	})
	w.Close()
	f.wait(cli.ExitOK)
	s.awaitEnd()
	checkAll(t, "local log", s.localLines(), n)
	s.awaitEvent("nobody delivers: " + missing)
	testbed.WantTold(t, s.local("audit_log"), "delivery.missing")
}
