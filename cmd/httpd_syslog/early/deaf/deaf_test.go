package deaf

import (
	"syscall"
	"testing"

	"httpd-syslog/forwarder/testbed"
)

// TestDeaf: this package has done its work before a test begins.
func TestDeaf(t *testing.T) {
	if !testbed.Process(syscall.Getpid()).Ignores(syscall.SIGTERM) {
		t.Error("SIGTERM is not ignored")
	}
}
