package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestSmall holds what the program that Apache starts may be made of. What it imports is
// initialised before main, and costs each pipe time, memory and signals that nobody hears.
func TestSmall(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("go", "list", "-deps", "httpd-syslog/cmd/httpd_syslog").Output()
	if err != nil {
		t.Fatal(err)
	}
	heavy := regexp.MustCompile(`^(net/http|crypto/tls|crypto/x509|regexp|text/template|html|log|.*/(client_golang|go-syslog|lumberjack|fsnotify|go-systemd)([./].*)?|httpd-syslog/(forwarder|rotate)|httpd-syslog/forwarder/(listener|receiver|relp|web|report|syslogparse|testbed).*)$`)
	for name := range strings.Lines(string(out)) {
		if name = strings.TrimSpace(name); heavy.MatchString(name) {
			t.Errorf("it imports %s", name)
		}
	}
	path := filepath.Join(t.TempDir(), "httpd_syslog")
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", path, "httpd-syslog/cmd/httpd_syslog")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	const most = 4_000_000
	st, err := os.Stat(path)
	if err != nil || st.Size() > most {
		t.Fatalf("%d bytes, %v; %d are enough", st.Size(), err, most)
	}
	t.Logf("%d bytes", st.Size())
}
