package forwarder

import (
	"path/filepath"
	"testing"

	"github.com/fsnotify/fsnotify"

	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/statedir"
)

// TestIdleEnds: what has to be done now and then is due at once when the first line comes
// after a while without any: with a server away, a line must not wait for its sync.
func TestIdleEnds(t *testing.T) {
	dir := t.TempDir()
	w := &watcher{due: make(chan struct{}, 1), dir: filepath.Join(dir, "spool"), catalog: spool.NewCatalog(filepath.Join(dir, "spool"))}
	line := fsnotify.Event{Name: filepath.Join(w.dir, "file"), Op: fsnotify.Remove}
	for i, due := range []bool{true, false} {
		w.event(line)
		if got := len(w.due) == 1; got != due {
			t.Errorf("event %d: due %v", i, got)
		}
		for len(w.due) > 0 {
			<-w.due
		}
	}
	w.event(fsnotify.Event{Name: statedir.ServiceLock(dir), Op: fsnotify.Write})
	if len(w.due) != 1 {
		t.Error("the service that takes over has to wait")
	}
}
