package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"httpd-syslog/forwarder/seal"
	"httpd-syslog/forwarder/testbed"
	"httpd-syslog/forwarder/testbed/sealtest"
)

// seals is the table of a configuration that has seals made often.
const seals = "[seal]\nevery = \"100ms\"\n"

// checkSeals computes each seal again, from what the server has got and from the files of the local log: they are
// one chain without holes, and every line that arrived is in one.
func (s *site) checkSeals(srv *server) {
	s.t.Helper()
	l := sealtest.New()
	for _, m := range srv.messages() {
		class := seal.OfLines
		if m.msgID == "audit" {
			class = seal.OfEvents
		}
		l.Text(m.procID, class, m.seq, m.text)
	}
	atServer := len(l.Seals())
	l.Audit(s.log)
	pieces, lost := l.Files(s.log)
	for _, problem := range l.Problems() {
		s.t.Error(problem)
	}
	if len(l.Extents()) != 1 || len(l.Seals()) != atServer || len(lost) != 0 {
		s.t.Errorf("chains: %+v; %d seals at the server, %d with those of audit_log; pieces without a file: %+v", l.Extents(), atServer, len(l.Seals()), lost)
	}
	if n := l.Unsealed(); n != 0 {
		s.t.Errorf("%d lines are in no seal", n)
	}
	s.verify(srv)
	s.t.Logf("%d seals computed again, %d told again, %d pieces of files", atServer, l.Again, pieces)
}

// verify holds that httpd_syslog verify finds nothing in what the server has got, and in the files of the local log.
func (s *site) verify(srv *server) {
	s.t.Helper()
	out, err := s.runVerify(srv)
	first, _, _ := strings.Cut(out, "\n")
	s.t.Logf("verify: %s", first)
	if err != nil {
		s.t.Errorf("%v: %s", err, out[:min(len(out), 3000)])
	}
}

// runVerify has verify check what the server has got, and the files of the local log.
func (s *site) runVerify(srv *server) (string, error) {
	s.t.Helper()
	central := filepath.Join(s.dir, "central")
	var b strings.Builder
	for _, m := range srv.messages() {
		b.WriteString(m.raw + "\n")
	}
	if err := os.Mkdir(central, 0o755); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(central, "web1.log"), []byte(b.String()), 0o644); err != nil {
		s.t.Fatal(err)
	}
	out, err := s.command(nil, "verify", "--central", central, "--log-dir", s.log).CombinedOutput()
	return string(out), err
}

// TestVerifyNamesWhatHasHappened: lines that are lost are explained by events, and a state directory that was put
// back from a copy shows in the chain; nothing else is found.
func TestVerifyNamesWhatHasHappened(t *testing.T) {
	t.Parallel()
	lines := func(s *site, n int) {
		f, w := s.pipe()
		feed := &feed{t: s.t, w: w}
		feed.write(n)
		w.Close()
		f.wait(0)
	}
	for name, tt := range map[string]struct {
		spool  string
		happen func(s *site, srv *server)
		found  bool // and verify says so by its exit status
		want   string
	}{
		"lines are given up": {"max_size = \"1MiB\"\nmax_line = \"1KiB\"\n", func(s *site, srv *server) {
			srv.close()
			for range 5 {
				lines(s, 10000)
			}
			srv.open()
			lines(s, 10)
			s.awaitEnd()
		}, false, "[1-9][0-9,]+ lost and explained"},
		"the spool is damaged": {"", func(s *site, srv *server) {
			config := testbed.ReadFile(s.t, s.config)
			s.configure("deliver = \"service\"\n%s", config)
			f, w := s.pipe()
			feed := &feed{t: s.t, w: w}
			for range 3 { // each a frame of its own
				feed.write(100)
				testbed.Eventually(s.t, "the lines in the spool", func() bool { return strings.Contains(s.spooled(), fmt.Sprintf("line %d ", feed.lines-1)) })
			}
			w.Close()
			f.wait(0)
			for _, path := range s.spoolFiles() {
				testbed.WriteFile(s.t, path, strings.Replace(testbed.ReadFile(s.t, path), "line 150 ", "line 15x ", 1))
			}
			s.configure("%s", config)
			lines(s, 10)
			s.awaitEnd()
		}, false, " 100 lost and explained"},
		"the state directory is an older one": {"", func(s *site, srv *server) {
			copied := filepath.Join(s.dir, "copied")
			if err := os.CopyFS(copied, os.DirFS(s.state)); err != nil {
				s.t.Fatal(err)
			}
			lines(s, 1000)
			s.awaitEnd()
			if err := errors.Join(os.RemoveAll(s.state), os.Rename(copied, s.state)); err != nil {
				s.t.Fatal(err)
			}
			lines(s, 1000)
			s.awaitEnd()
		}, true, "another chain of seals begins"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, srv := newSite(t), newServer(t)
			srv.senderDies = true
			srv.open()
			s.configure("%s[spool]\n%s%s%s", s.places(), tt.spool, seals, srv.relay("central"))
			lines(s, 1000)
			s.awaitEnd()
			tt.happen(s, srv)
			out, err := s.runVerify(srv)
			t.Logf("%v:\n%s", err, out)
			if (err != nil) != tt.found || !strings.Contains(out, " 0 altered, 0 missing") || !regexp.MustCompile(tt.want).MatchString(out) {
				t.Errorf("it does not say %q, or more is found", tt.want)
			}
		})
	}
}

// spoolFiles are the paths of the spool's files.
func (s *site) spoolFiles() []string {
	s.t.Helper()
	paths, err := filepath.Glob(filepath.Join(s.state, "spool", "*.*"))
	if err != nil || len(paths) == 0 {
		s.t.Fatal(paths, err)
	}
	return paths
}
