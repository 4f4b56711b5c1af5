package intake

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/testbed"
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
	d := &Starter{StateDir: dir + "/state", Launch: func() (int, error) {
		return startProcess("/bin/true", []string{"true"}, "/", nil)
	}}
	if d.Start() || d.pid != 0 {
		t.Fatal("two start one at the same time")
	}
	d.deferred = time.Now().Add(-3 * atOnce)
	if !d.Start() || d.pid == 0 {
		t.Fatal("who stands still keeps others from starting one")
	}
	testbed.Eventually(t, "its end", func() bool { // there is nothing to do for it
		_, ended := Reap(d.pid)
		return ended
	})
}
