package early

import (
	"syscall"
	"testing"

	"httpd-syslog/forwarder/testbed"
)

// TestWhoHasAHandler: a front has one; any other command, and a test, has none.
func TestWhoHasAHandler(t *testing.T) {
	self := testbed.Process(syscall.Getpid())
	if Handler != nil {
		t.Error("a test is taken for a front")
	}
	for _, args := range [][]string{{"status"}, {"front", "--config"}, {"-"}, {"-h"}, {""}} {
		if handler(args) != nil {
			t.Errorf("%q is taken for a front", args)
		}
	}
	for _, args := range [][]string{nil, {"--config", "/etc/x.toml"}, {"--"}} {
		h := handler(args)
		if h == nil || !self.Ignores(syscall.SIGUSR1) {
			t.Fatalf("%q is not taken for a front", args)
		}
		h.Release()
	}
}
