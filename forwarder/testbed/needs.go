package testbed

import (
	"os"
	"os/exec"
	"testing"
)

// everythingNeeded is the variable of the environment that says that no test may be skipped for
// want of something.
const everythingNeeded = "HTTPD_SYSLOG_NEED_PEERS"

// Lacking skips a test that the machine or its user does not allow; where everything is to be
// tested it fails.
func Lacking(t testing.TB, format string, args ...any) {
	t.Helper()
	if os.Getenv(everythingNeeded) != "" {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}

// Need is the path of the first of those programs that is installed.
func Need(t testing.TB, names ...string) string {
	t.Helper()
	for _, name := range names {
		for _, file := range []string{name, "/usr/sbin/" + name} { // PATH often lacks sbin
			if path, err := exec.LookPath(file); err == nil {
				return path
			}
		}
	}
	Lacking(t, "%s is not installed (make peers)", names[0])
	return ""
}

// NeedRoot is for what only root can do.
func NeedRoot(t testing.TB) {
	t.Helper()
	if os.Geteuid() != 0 {
		Lacking(t, "not root")
	}
}
