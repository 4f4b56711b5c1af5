package early

import (
	"os"
	"os/signal"
	"syscall"
	"testing"
	"time"

	"httpd-syslog/forwarder/testbed"
)

// TestFronts: no other process keeps signals.
func TestFronts(t *testing.T) {
	for _, tt := range []struct {
		args  []string
		front bool
	}{
		{[]string{"httpd_syslog"}, true},
		{[]string{"httpd_syslog", "--config", "/etc/x.toml"}, true},
		{[]string{"httpd_syslog", "--"}, true},
		{nil, true},
		{[]string{"httpd_syslog", "status"}, false},
		{[]string{"httpd_syslog", "front", "--config"}, false},
		{[]string{"httpd_syslog", "-config", "/etc/x.toml"}, true},
		{[]string{"httpd_syslog", "-"}, true},
		{[]string{"httpd_syslog", ""}, false},
		{args(), false},
	} {
		if isFront(tt.args) != tt.front {
			t.Errorf("%q: front is %v", tt.args, !tt.front)
		}
	}
}

// TestKept: a signal that has come before there was a handler reaches it.
func TestKept(t *testing.T) {
	keep(uint32(syscall.SIGTERM))
	if err := syscall.Kill(syscall.Getpid(), syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	end := make(chan os.Signal, 1)
	signal.Notify(end, syscall.SIGTERM)
	defer signal.Stop(end)
	select {
	case <-end:
	case <-time.After(testbed.Patience):
		t.Error("it is lost")
	}
}
