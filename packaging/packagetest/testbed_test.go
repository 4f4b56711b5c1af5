// Package packagetest builds the RPM and the deb, looks at what is in them, and
// installs them: into empty roots, into a Debian of their own, and into one that is
// booted under a systemd of its own.
//
// Nothing is installed on the machine itself. Where a program is missing its tests
// are skipped, unless HTTPD_SYSLOG_NEED_PEERS is set: then they fail.
package packagetest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"httpd-syslog/forwarder/testbed"
)

// tree is the project's.
const tree = "../.."

// cached is a thing that install-tools.sh has made.
func cached(t *testing.T, name string) string {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		testbed.Lacking(t, "%s: %v", name, err)
	}
	path := filepath.Join(cache, "httpd-syslog-tests", name)
	if _, err := os.Stat(path); err != nil {
		testbed.Lacking(t, "%v (make peers)", err)
	}
	return path
}

// run runs a command that must succeed, and returns what it prints.
func run(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(cmd.Args, " "), err, out)
	}
	return string(out)
}

func command(t *testing.T, name string, args ...string) *exec.Cmd {
	t.Helper()
	return exec.Command(testbed.Need(t, name), args...)
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// writeFile makes a file, and the directories above it.
func writeFile(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}
