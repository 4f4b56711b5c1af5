package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"httpd-syslog/forwarder/testbed"
)

// TestBadConfigurationOnlyMakesLinesWait: each kind of bad configuration is said
// on standard error; lines wait in the spool, and are delivered when the file is
// mended, with nothing restarted.
func TestBadConfigurationOnlyMakesLinesWait(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, below, stderr string // below state_dir, on line 1; what is said of it
	}{
		{"syntax", "[log\n", ":2:5: "},
		{"unknown key", "stat_dir = \"/x\"\n", ":2: stat_dir: unknown key"},
		{"bad value", "[log]\nmax_size = \"10 parsecs\"\n", ":3: [log] max_size: "},
		{"wrong relay URL", "[[relay]]\nservers = [\"tpc://127.0.0.1:1\"]\n", ":3: [[relay]] servers: \"tpc://127.0.0.1:1\": "},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			s.configure("state_dir = %q\n%s", s.state, c.below)
			testMended(s, s.config+c.stderr)
		})
	}
	t.Run("missing file", func(t *testing.T) {
		t.Parallel()
		s := newSite(t)
		testMended(s, s.config+": no such file", "--state-dir", s.state)
	})
	t.Run("state directory in the broken line", func(t *testing.T) {
		t.Parallel()
		s := newSite(t)
		s.configure("state_dir = %s # no quotes\n[log]\nkeep = -1\n", s.state)
		testMended(s, s.config+":1:13: ")
	})
}

// testMended holds that lines wait, with a message, for the configuration to be
// mended, and are delivered then.
func testMended(s *site, stderr string, args ...string) {
	s.t.Helper()
	const n = 2000
	srv := newServer(s.t)
	srv.open()
	f, w := s.pipe(args...)
	writeLines(s.t, w, 1, n)
	s.awaitStderr(stderr)
	s.awaitStderr("lines wait in the spool " + s.state + "/spool until that is mended\n")
	testbed.Eventually(s.t, "lines in the spool", func() bool {
		text := s.spooled()
		return strings.Contains(text, line(1)+"\n") && strings.Contains(text, line(n)+"\n")
	})
	if testbed.Exists(s.log) || len(srv.texts()) > 0 {
		s.t.Error("something was delivered")
	}
	s.configure("%s%s", s.places(), srv.relay("central"))
	s.awaitLocalLines(n)
	srv.awaitText(line(n))
	writeLines(s.t, w, n+1, 2*n)
	w.Close()
	f.wait(0)
	s.awaitEnd()
	checkAll(s.t, "server", srv.texts(), 2*n)
	checkNumbers(s.t, srv.messages())
	checkAll(s.t, "local log", s.localLines(), 2*n)
}

// TestLinesOfABadConfigurationOutliveTheirIntake: the next start with a mended
// file delivers them, even if no line comes with it.
func TestLinesOfABadConfigurationOutliveTheirIntake(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.configure("state_dir = %q\nbad = 1\n", s.state)
	f, w := s.pipe()
	writeLines(t, w, 1, 1000)
	w.Close()
	f.wait(0)
	testbed.Eventually(t, "the end of all processes", s.gone())
	s.configure("%s", s.places())
	f, w = s.pipe()
	w.Close()
	f.wait(0)
	s.awaitEnd()
	checkAll(t, "local log", s.localLines(), 1000)
}

// TestBadArgumentsLoseNothing: Apache starts what its configuration says, and
// would wait for a logger that exits.
func TestBadArgumentsLoseNothing(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"--no-such-option"}, {"superfluous"}, {"--stream"}} {
		t.Run(args[0], func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			s.configure("%s", s.places())
			f, w := s.pipe(args...)
			writeLines(t, w, 1, 1000)
			w.Close()
			f.wait(0)
			s.awaitEnd()
			if s.stderr() == "" {
				t.Error("nothing is said")
			}
			checkAll(t, "local log", s.localLines(), 1000)
		})
	}
}

// TestUnknownStreamsLinesWait: until the configuration has the stream.
func TestUnknownStreamsLinesWait(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.configure("%s", s.places())
	f, w := s.pipe("--stream", "shop")
	writeLines(t, w, 1, 1000)
	s.awaitStderr(`stream "shop" is not in ` + s.config)
	testbed.Eventually(t, "lines in the spool", func() bool { return strings.Contains(s.spooled(), line(1000)) })
	s.configure("%s[[stream]]\nname = \"shop\"\nfile = \"shop_log\"\nfacility = \"local1\"\nseverity = \"notice\"\n", s.places())
	s.awaitLocal("shop_log", line(1000)+"\n")
	w.Close()
	f.wait(0)
	s.awaitEnd()
	checkAll(t, "local log", split(t, s.local("shop_log")), 1000)
}

// noStateDir is a configuration that does not tell its state directory.
const noStateDir = "state_dir = 42\n"

// TestLinesFollowAStateDirectoryThatBecomesKnown: until then they are in the
// default one, which the test puts a directory of its own in the place of.
func TestLinesFollowAStateDirectoryThatBecomesKnown(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.configure(noStateDir)
	r, w := testbed.Pipe(t)
	f := s.run(s.isolated(r, "--config", s.config))
	r.Close()
	writeLines(t, w, 1, 1000)
	s.awaitStderr(s.config + ":1: state_dir: ")
	guess := filepath.Join(s.dir, "var-lib", "httpd-syslog", "spool")
	testbed.Eventually(t, "lines in the default spool", func() bool {
		return strings.Contains(testbed.ReadDir(t, guess), line(1000)+"\n")
	})
	s.configure("%s", s.places())
	s.awaitLocalLines(1000)
	writeLines(t, w, 1001, 2000)
	w.Close()
	f.wait(0)
	s.awaitEnd()
	checkAll(t, "local log", s.localLines(), 2000)
	if text := testbed.ReadDir(t, guess); text != "" {
		t.Errorf("%d bytes are left in %s", len(text), guess)
	}
}

// isolated is the program where /var/lib is a directory of the site's.
func (s *site) isolated(stdin *os.File, args ...string) *exec.Cmd {
	s.t.Helper()
	dir := filepath.Join(s.dir, "var-lib")
	if err := os.Mkdir(dir, 0o755); err != nil {
		s.t.Fatal(err)
	}
	script := fmt.Sprintf(`mount --bind %q /var/lib && exec httpd_syslog "$@"`, dir)
	if out, err := exec.Command("unshare", "-m", "sh", "-c", "true").CombinedOutput(); err != nil {
		testbed.Lacking(s.t, "cannot have a mount namespace: %v: %s", err, out)
	}
	cmd := exec.Command("unshare", append([]string{"-m", "sh", "-c", script, "sh"}, args...)...)
	cmd.Stdin = stdin
	return cmd
}

// TestLinesInMemoryFollowAStateDirectoryThatBecomesKnown: an ordinary user may
// not write to the default one.
func TestLinesInMemoryFollowAStateDirectoryThatBecomesKnown(t *testing.T) {
	t.Parallel()
	if testbed.Installed() {
		testbed.Lacking(t, "the program is installed here (root can hide that)")
	}
	s := newSite(t)
	s.giveAway()
	s.configure(noStateDir)
	r, w := testbed.Pipe(t)
	f := s.run(asNobody(s.command(r, "--config", s.config)))
	r.Close()
	writeLines(t, w, 1, 1000)
	s.awaitStderr(s.config + ":1: state_dir: ")
	s.configure("%s", s.places())
	s.awaitLocalLines(1000)
	w.Close()
	f.wait(0)
	s.awaitEnd()
	checkAll(t, "local log", s.localLines(), 1000)
}
