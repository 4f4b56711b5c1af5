package early

import (
	"syscall"
	"testing"

	"httpd-syslog/forwarder/testbed"
)

// TestWhoHasAHandler: a front has one; any other command ends by SIGTERM, as it did before package deaf.
func TestWhoHasAHandler(t *testing.T) {
	self := testbed.Process(syscall.Getpid())
	if Handler != nil || self.Ignores(syscall.SIGTERM) {
		t.Error("a test is taken for a front, or does not end")
	}
	for _, tt := range []struct {
		args  []string
		front bool
	}{
		{nil, true},
		{[]string{"--config", "/etc/x.toml"}, true},
		{[]string{"status"}, false},
		{[]string{"front", "--config"}, false},
		{[]string{"-"}, false},
		{[]string{"-h"}, false},
		{[]string{""}, false},
	} {
		h := handler(tt.args)
		if (h != nil) != tt.front || self.Catches(syscall.SIGTERM) != tt.front || self.Ignores(syscall.SIGTERM) {
			t.Errorf("%q: %v", tt.args, h)
		}
		if h != nil {
			h.Release()
		}
	}
}
