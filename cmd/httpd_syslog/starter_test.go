package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"httpd-syslog/forwarder/statedir"
)

// One intake at a time starts a deliverer; one that stands still while it does is not
// waited for.
func TestOneStartsADeliverer(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "state"), 0o750); err != nil {
		t.Fatal(err)
	}
	release, mine := statedir.LockStart(dir + "/state")
	if !mine {
		t.Fatal("nobody has the lock, and it is taken")
	}
	defer release()
	d := &starter{command: func() (*exec.Cmd, error) { return exec.Command("true"), nil }, stateDir: dir + "/state"}
	if d.start() || d.running != nil {
		t.Fatal("two start one at the same time")
	}
	d.deferred = time.Now().Add(-2 * atOnce)
	if !d.start() || d.running == nil {
		t.Fatal("who stands still keeps others from starting one")
	}
	<-d.running // there is nothing to do for it
}
