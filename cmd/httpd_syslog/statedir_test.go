package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"httpd-syslog/forwarder/testbed"
)

// TestRelayFlagHasAStateDirectoryOfItsOwn: below that of the configuration, so
// that the two sets of consumers do not share a spool.
func TestRelayFlagHasAStateDirectoryOfItsOwn(t *testing.T) {
	t.Parallel()
	s, a, b := newSite(t), newServer(t), newServer(t)
	a.open()
	b.open()
	s.configure("%s%s", s.places(), a.relay("a"))
	other := filepath.Join(s.dir, "other") // local logs have one writer
	f1, w1 := s.pipe()
	f2, w2 := s.pipe("--relay", b.url(), "--log-dir", other)
	writeLines(t, w1, 1, 1000)
	for n := 1; n <= 1000; n++ {
		write(t, w2, "other "+line(n)+"\n")
	}
	a.awaitText(line(1000))
	b.awaitText("other " + line(1000))
	if own, _ := filepath.Glob(filepath.Join(s.state, "by-flags", "*", "spool")); len(own) != 1 {
		t.Errorf("state directories of flags: %q", own)
	}
	w1.Close()
	w2.Close()
	f1.wait(0)
	f2.wait(0)
	s.awaitEnd()
	checkAll(t, "server of the configuration", a.texts(), 1000)
	checkAll(t, "server of the flag", trimAll(b.texts(), "other "), 1000)
	checkAll(t, "local log of the configuration", s.localLines(), 1000)
	checkAll(t, "local log of the flags", trimAll(split(t, testbed.ReadFile(t, filepath.Join(other, "access_log"))), "other "), 1000)
}

// trimAll takes what marks the lines of one writer off.
func trimAll(texts []string, prefix string) (rest []string) {
	for _, text := range texts {
		rest = append(rest, strings.TrimPrefix(text, prefix))
	}
	return rest
}

// TestOtherConsumersDeliverNothing: a state directory belongs to one set. The
// lines of another wait in its spool, with a message, until the first is at work
// again.
func TestOtherConsumersDeliverNothing(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		flags bool // the sets differ by flags, not by their configuration files
	}{{"two files", false}, {"two sets of flags", true}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, srv := newSite(t), newServer(t) // the server is away: the first set has lines to lose
			one := []string{"--relay", srv.url(), "--state-dir", s.state, "--log-dir", s.log}
			two := []string{"--log-dir", filepath.Join(s.dir, "log2"), "--state-dir", s.state}
			s.configure("state_dir = %q\n", filepath.Join(s.dir, "unused"))
			if !c.flags {
				one, two = nil, []string{"--config", filepath.Join(s.dir, "two.toml")}
				s.configure("%s%s", s.places(), srv.relay("a"))
				testbed.WriteFile(t, two[1], "state_dir = \""+s.state+"\"\n[log]\ndir = \""+filepath.Join(s.dir, "log2")+"\"\n")
			}
			testOtherConsumers(s, srv, one, two)
		})
	}
}

func testOtherConsumers(s *site, srv *server, one, two []string) {
	s.t.Helper()
	f, w := s.pipe(one...)
	writeLines(s.t, w, 1, 1000)
	s.awaitLocalLines(1000)
	w.Close()
	f.wait(0)
	// The deliverer ends as it does with its container: the spool stays.
	kill(s.t, s.one("deliver"), 9)
	testbed.Eventually(s.t, "the end of all processes", s.gone())

	f, w = s.pipe(two...)
	writeLines(s.t, w, 1001, 2000)
	w.Close()
	f.wait(0)
	if want := "the state directory belongs to other consumers"; !strings.Contains(s.stderr(), want) {
		s.t.Errorf("standard error has not %q", want)
	}
	testbed.Eventually(s.t, "the end of all processes", s.gone())
	text := s.spooled()
	if !strings.Contains(text, line(1)+"\n") || !strings.Contains(text, line(1000)+"\n") || !strings.Contains(text, line(2000)+"\n") {
		s.t.Error("the spool does not hold all lines")
	}
	if testbed.Exists(filepath.Join(s.dir, "log2")) {
		s.t.Error("the second set has delivered")
	}
	if s.t.Failed() {
		return // what was given up will not come
	}

	srv.open()
	f, w = s.pipe(one...)
	w.Close()
	f.wait(0)
	s.awaitEnd()
	checkAll(s.t, "server", srv.texts(), 2000)
	checkAll(s.t, "local log", s.localLines(), 2000)
}

// TestRemovedStateDirectory: whoever removes it, and perhaps makes it anew, under
// processes that are at work, costs what was in it. Lines go on into a new one, to the
// local log and to the server, without a service too.
func TestRemovedStateDirectory(t *testing.T) {
	for _, anew := range []bool{false, true} {
		t.Run(fmt.Sprintf("made anew %v", anew), func(t *testing.T) {
			t.Parallel()
			s, srv := newSite(t), newServer(t)
			srv.open()
			s.configure("%s%s", s.places(), srv.relay("central"))
			f, w := s.pipe()
			writeLines(t, w, 1, 10)
			srv.awaitText(line(10))
			s.awaitLocal("access_log", line(10)+"\n")
			before := s.one("deliver")
			if err := os.Rename(s.state, s.state+".gone"); err != nil { // at once, unlike a removal
				t.Fatal(err)
			}
			if err := os.RemoveAll(s.state + ".gone"); err != nil {
				t.Fatal(err)
			}
			if anew {
				if err := os.MkdirAll(s.state, 0o750); err != nil {
					t.Fatal(err)
				}
			}
			n := 10
			testbed.Eventually(t, "somebody delivers from the new one", func() bool {
				n++
				writeLines(t, w, n, n)
				return slices.ContainsFunc(s.pids("deliver"), func(pid int) bool { return pid != before })
			})
			writeLines(t, w, n+1, n+1000)
			w.Close()
			f.wait(0)
			s.awaitEnd()
			local, at := tallyUp(s.localLines(), n+1000), tallyUp(srv.texts(), n+1000)
			t.Logf("%d lines: local log: %v; server: %v", n+1000, local, at)
			if local.missing > n-10 || local.doubled > 0 || len(local.torn) > 0 || at.missing > n-10 || len(at.torn) > 0 {
				t.Error("not each of the later lines, or one twice in the local log")
			}
		})
	}
}
