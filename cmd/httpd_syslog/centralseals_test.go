package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"httpd-syslog/forwarder/testbed"
)

// newSealedCentre returns a centre that seals its files.
func newSealedCentre(t *testing.T) *centre {
	c := newCentre(t, "")
	c.configure("%s\n%s", testbed.ReadFile(t, c.config), seals)
	return c
}

// verifyFiles is what verify says of the central files.
func (c *centre) verifyFiles() (string, error) {
	out, err := c.command(nil, "verify", "--central", c.files, "--config", c.config).CombinedOutput()
	return string(out), err
}

// TestCentreSealsForeignLines: a central server is killed -9 again and again while a sender of its own and another
// program send. verify finds the files as they were sealed; then it finds what somebody has done to lines of the other
// program, to a list and to an event.
func TestCentreSealsForeignLines(t *testing.T) {
	t.Parallel()
	c := newSealedCentre(t)
	c.begin()
	s := c.newSender(1)
	front, w := s.pipe()
	f := &feed{t: t, w: w}
	for n := range 10 {
		f.write(200)
		c.awaitListening()
		c.say(fmt.Sprintf("<13>1 2026-11-27T03:28:28Z db1 su 5 - - line %d of another program\n", n))
		testbed.Eventually(t, "the line", func() bool { return strings.Contains(c.collectedSoFar("db1", "_"), fmt.Sprintf("line %d ", n)) })
		if n%3 == 0 {
			testbed.Eventually(t, "a seal", func() bool { return strings.Contains(c.lists(), " 127.0.0.1/db1/") })
		}
		c.killed()
	}
	w.Close()
	front.wait(0)
	s.awaitEnd()
	testbed.Eventually(t, "all is sealed", func() bool { return c.isSealed() })
	c.endWhenDone([]*site{s})
	c.checkCollected(s, "web1.example.com", f)
	out, err := c.verifyFiles()
	if err != nil || !regexp.MustCompile(`; [1-9][0-9,]+ bytes of central files are as their server has sealed them`).MatchString(out) {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Logf("%s", out)
	list := c.paths("_seals/*.log")[0]
	for _, tt := range []struct{ path, from, to, want string }{
		{c.paths("*/db1/_-*.log")[0], "line 4 of", "line 5 of", "/db1/_-"},
		{list, "/db1/", "/db2/", "not those that were sealed"},
		{filepath.Join(c.log, "audit_log"), "{event=seal.central n=2 ", "{event=seal.central n=1 ", "chain: "},
	} {
		was := testbed.ReadFile(t, tt.path)
		testbed.WriteFile(t, tt.path, strings.Replace(was, tt.from, tt.to, 1))
		if out, err := c.verifyFiles(); err == nil || !strings.Contains(out, tt.want) {
			t.Errorf("%s: %v\n%s", tt.path, err, out)
		}
		testbed.WriteFile(t, tt.path, was)
	}
	if out, err := c.verifyFiles(); err != nil {
		t.Errorf("put right: %v\n%s", err, out)
	}
}

// paths are those of central files.
func (c *centre) paths(pattern string) []string {
	c.t.Helper()
	paths, _ := filepath.Glob(filepath.Join(c.files, pattern)) // the pattern is good
	if len(paths) == 0 {
		c.t.Fatalf("there is no %s", pattern)
	}
	return paths
}

// lists are the lists of seals so far.
func (c *centre) lists() (text string) {
	paths, _ := filepath.Glob(filepath.Join(c.files, "_seals/*.log")) // the pattern is good
	for _, path := range paths {
		b, _ := os.ReadFile(path) // it is there
		text += string(b)
	}
	return text
}

// isSealed reports whether there are files, and all that have something are sealed to their ends.
func (c *centre) isSealed() bool {
	lists := c.lists()
	paths, _ := filepath.Glob(filepath.Join(c.files, "*/*/*.log")) // the pattern is good
	for _, path := range paths {
		st, err := os.Stat(path)
		name := strings.TrimPrefix(path, c.files+"/")
		if err == nil && st.Size() == 0 {
			continue
		}
		if err != nil || !regexp.MustCompile(fmt.Sprintf(` %d [0-9]+ %s\n`, st.Size(), regexp.QuoteMeta(name))).MatchString(lists) {
			return false
		}
	}
	return len(paths) > 0
}
