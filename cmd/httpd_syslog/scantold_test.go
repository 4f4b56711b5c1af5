package main

import (
	"testing"

	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/testbed"
)

// TestCleanScanIsTold: that somebody has looked, and has found nothing, is worth an event, too.
func TestCleanScanIsTold(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.configure("%s", s.places())
	dir := t.TempDir()
	testbed.WriteFile(t, dir+"/access_log", "GET / HTTP/1.1\n")
	if out, err := s.command(nil, "scan", "--tell", "--config", s.config, dir).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	testbed.WantTold(t, testbed.Spooled(t, statedir.Dir(s.state)), "cards.scanned")
}
