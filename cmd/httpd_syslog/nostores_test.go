package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"httpd-syslog/forwarder/testbed"
)

// TestStoresCannotBeStarted: where the program that writes to stores is missing, or cannot be started, lines wait for the relay that
// needs it, whose event says why, and nothing else waits.
func TestStoresCannotBeStarted(t *testing.T) {
	t.Parallel()
	for name, put := range map[string]func(path string) error{
		"missing":        func(string) error { return nil },
		"a directory":    func(path string) error { return os.Mkdir(path, 0o755) },
		"not executable": func(path string) error { return os.WriteFile(path, []byte("no program"), 0o644) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, dir := newSite(t), t.TempDir()
			s.away = true
			for _, program := range []string{"httpd_syslog", "httpd_syslogd"} {
				if err := os.Link(filepath.Join(bin, program), filepath.Join(dir, program)); err != nil {
					t.Fatal(err)
				}
			}
			if err := put(filepath.Join(dir, "httpd_syslogd_stores")); err != nil {
				t.Fatal(err)
			}
			s.configure("%s[[relay]]\nname = \"store\"\nservers = [\"nats://127.0.0.1\"]\n", s.places())
			r, w := testbed.Pipe(t)
			cmd := exec.Command(filepath.Join(dir, "httpd_syslog"), "--config", s.config)
			cmd.Stdin = r
			f := s.run(cmd)
			r.Close()
			writeLines(t, w, 1, 100)
			s.awaitLocalLines(100)
			s.awaitEvent("that program is missing beside httpd_syslogd, or cannot be started")
			w.Close()
			f.wait(0)
		})
	}
}
