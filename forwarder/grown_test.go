package forwarder

import (
	"os"
	"testing"

	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/testbed"
)

// TestGrown: a deliverer that has ended looks once more: what has come since, in a file that it knew or in another, is not
// left alone, and where there is nothing new, or no spool that can be read, it does not begin again.
func TestGrown(t *testing.T) {
	dir := statedir.Dir(t.TempDir())
	if grown(dir, nil) {
		t.Error("a spool that is not there has grown")
	}
	if err := dir.Make(); err != nil {
		t.Fatal(err)
	}
	sizes := func() map[frame.FileID]int64 {
		all := make(map[frame.FileID]int64)
		c := spool.NewCatalog(dir.Spool())
		if err := c.Look(); err != nil {
			t.Fatal(err)
		}
		for _, f := range c.Files() {
			size, err := f.Size()
			if err != nil {
				t.Fatal(err)
			}
			all[f.ID] = size
		}
		return all
	}
	w := testbed.NewLineWriter(t, dir, "access")
	w.Lines(1)
	left := sizes()
	if len(left) != 1 || grown(dir, left) {
		t.Errorf("it has grown since %v", left)
	}
	if !grown(dir, nil) {
		t.Error("a new file is not seen")
	}
	w.Lines(1)
	if !grown(dir, left) {
		t.Error("what was added is not seen")
	}
	for id := range left {
		if err := os.Truncate(dir.Spool()+"/"+id.String(), 0); err != nil {
			t.Fatal(err)
		}
	}
	if grown(dir, nil) {
		t.Error("an empty file has lines")
	}
	if err := os.RemoveAll(dir.Spool()); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(dir.Spool(), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if grown(dir, nil) {
		t.Error("a spool that cannot be read has grown")
	}
}
