package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"httpd-syslog/forwarder"
)

// One intake at a time starts a deliverer; one that stands still while it does is not
// waited for.
func TestOneStartsADeliverer(t *testing.T) {
	dir := t.TempDir()
	conf := filepath.Join(dir, "httpd_syslog.toml")
	text := "state_dir = \"" + dir + "/state\"\n[log]\ndir = \"" + dir + "/log\"\n"
	if err := os.WriteFile(conf, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "state"), 0o750); err != nil {
		t.Fatal(err)
	}
	f, err := parseFlags([]string{"--config", conf}, nil)
	if err != nil {
		t.Fatal(err)
	}
	release, mine := forwarder.LockStart(dir + "/state")
	if !mine {
		t.Fatal("nobody has the lock, and it is taken")
	}
	defer release()
	d := &starter{flags: f, stateDir: dir + "/state"}
	if d.start() || d.running != nil {
		t.Fatal("two start one at the same time")
	}
	d.deferred = time.Now().Add(-2 * atOnce)
	if !d.start() || d.running == nil {
		t.Fatal("who stands still keeps others from starting one")
	}
	<-d.running // there is nothing to do for it
}
