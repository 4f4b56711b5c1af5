package main

import (
	"os"
	"path/filepath"
	"testing"

	"httpd-syslog/forwarder/testbed"
)

// TestSymbolicLinksAreNotFollowed: whoever can put links where the program writes
// does not make it write elsewhere, and lines wait until they are gone.
func TestSymbolicLinksAreNotFollowed(t *testing.T) {
	for _, name := range []string{"log/access_log", "state/delivery.lock", "state/cursors/local.new"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			s.configure("%s", s.places())
			victim, link := filepath.Join(s.dir, "victim"), filepath.Join(s.dir, name)
			testbed.WriteFile(t, victim, "precious\n")
			if err := os.MkdirAll(filepath.Dir(link), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(victim, link); err != nil {
				t.Fatal(err)
			}
			f, w := s.pipe()
			writeLines(t, w, 1, 10)
			testbed.Eventually(t, "the lines are spooled", func() bool { return len(s.spooled()) > 0 })
			if err := os.Remove(link); err != nil {
				t.Fatal(err)
			}
			s.awaitLocalLines(10)
			w.Close()
			f.wait(0)
			s.awaitEnd()
			if got := testbed.ReadFile(t, victim); got != "precious\n" {
				t.Errorf("the file behind the link is now %q", got)
			}
		})
	}
}
