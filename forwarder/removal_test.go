package forwarder

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/consumer"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/testbed"
)

// TestFileThatItsWriterIsAboutToClose: a file whose writer has begun the next one, and has not closed it yet, is removed
// by the next look; that it was not by this one is no trouble.
func TestFileThatItsWriterIsAboutToClose(t *testing.T) {
	dir := statedir.Dir(t.TempDir())
	if err := dir.Make(); err != nil {
		t.Fatal(err)
	}
	w := testbed.NewLineWriter(t, dir, "access")
	w.Lines(1)
	w.Close()
	w.Lines(1)
	d := &deliverer{catalog: spool.NewCatalog(dir.Spool())}
	if err := d.catalog.Refresh(); err != nil {
		t.Fatal(err)
	}
	local := consumer.NewProgress(consumer.ProgressOptions{StateDir: dir, Name: statedir.LocalCursor, Catalog: d.catalog})
	d.consumers.Store(&consumers{local: &member{Consumer: consumer.New(local, nil)}})
	f := d.catalog.Files()[0]
	writer, err := os.Open(f.Path)
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Close()
	if err := unix.Flock(int(writer.Fd()), unix.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	if d.remove(f) || d.removals != (removals{}) {
		t.Errorf("removed under its writer, or told of: %+v", d.removals)
	}
	if err := unix.Flock(int(writer.Fd()), unix.LOCK_UN); err != nil {
		t.Fatal(err)
	}
	if !d.remove(f) || testbed.Exists(f.Path) {
		t.Errorf("not removed: %+v", d.removals)
	}
}
