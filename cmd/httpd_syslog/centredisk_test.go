package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/testbed"
)

// onTmpfs puts a small file system at a directory of the centre's files.
func (c *centre) onTmpfs(dir string) {
	c.t.Helper()
	dir = filepath.Join(c.files, dir)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		c.t.Fatal(err)
	}
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=512k"); err != nil {
		testbed.Lacking(c.t, "no tmpfs can be mounted (root may): %v", err)
	}
	c.t.Cleanup(func() {
		c.end()
		_ = unix.Unmount(dir, unix.MNT_DETACH)
	})
}

// fill takes all that is left of the disk at a directory of the centre's files; the function that it returns gives
// it back.
func (c *centre) fill(dir string) (release func()) {
	c.t.Helper()
	path := filepath.Join(c.files, dir, "filler")
	f, err := os.Create(path)
	if err != nil {
		c.t.Fatal(err)
	}
	defer f.Close()
	for err == nil {
		_, err = f.Write(make([]byte, 4096))
	}
	if !errors.Is(err, unix.ENOSPC) {
		c.t.Fatal(err)
	}
	return func() {
		if err := os.Remove(path); err != nil {
			c.t.Fatal(err)
		}
	}
}

// TestCentreSealsOnAFullDisk: the disk of a central server's files, or that of its lists alone, is full while it
// seals, and it is killed -9 meanwhile. Lines and seals come later, no line is lost or there twice, and verify finds
// nothing.
func TestCentreSealsOnAFullDisk(t *testing.T) {
	for name, tt := range map[string]struct {
		dir, begin, end string // what is told
	}{
		"of the files": {"", "collect.failing", "collect.written"},
		"of the lists": {"_seals", "collect.unsealed", "collect.sealed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newSealedCentre(t)
			c.onTmpfs(tt.dir)
			var release func()
			if tt.dir != "" {
				release = c.fill(tt.dir) // before a list has a page of memory, which would take many seals
			}
			c.begin()
			s := c.newSender(1)
			front, w := s.pipe()
			f := &feed{t: t, w: w}
			f.write(200)
			if release == nil {
				testbed.Eventually(t, "a seal", func() bool { return c.lists() != "" })
				release = c.fill(tt.dir)
			}
			testbed.Eventually(t, tt.begin, func() bool {
				f.write(5)
				return len(c.told(tt.begin)) > 0
			})
			c.killed()
			f.write(100)
			release()
			c.awaitTold(tt.end)
			w.Close()
			front.wait(0)
			s.awaitEnd()
			testbed.Eventually(t, "all is sealed", c.isSealed)
			c.endWhenDone([]*site{s})
			c.checkCollected(s, "web1.example.com", f)
			if out, err := c.verifyFiles(); err != nil || !strings.Contains(out, " bytes of central files are as their server has sealed them") {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}
