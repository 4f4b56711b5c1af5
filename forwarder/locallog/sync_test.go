package locallog

import (
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/testbed"
)

// TestCommittedIsOnTheDisk: no page of a file of the local log waits to be written behind a commit, also
// of files that were closed again meanwhile, whether they are synced one by one or with their file
// system.
func TestCommittedIsOnTheDisk(t *testing.T) {
	t.Parallel()
	for _, hosts := range []int{manyFiles / 2, 2 * filesAtOnce} {
		s := hostSite(t, hosts)
		s.maxOpen = hosts / 2
		w := s.writer("access")
		l, end := s.beginLocal()
		var text strings.Builder
		for h := range hosts {
			fmt.Fprintf(&text, "host%d.example 192.0.2.1 line\n", h)
		}
		for range 2 {
			w.Text(text.String())
			must(t, s.step(l))
			must(t, l.commit())
			if n := dirtyFiles(t, s.o.Dir); n > 0 {
				t.Errorf("%d of %d files are not on the disk", n, hosts)
			}
		}
		end()
	}
}

// dirtyFiles is how many files below a directory have pages that are not on the disk.
func dirtyFiles(t *testing.T, dir string) (n int) {
	t.Helper()
	must(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		var pages unix.Cachestat_t
		err = unix.Cachestat(uint(f.Fd()), &unix.CachestatRange{Len: math.MaxInt64}, &pages, 0)
		if err == unix.ENOSYS || err == unix.EOPNOTSUPP || err == unix.EPERM {
			testbed.Lacking(t, "the kernel does not tell which pages are dirty (6.5 does): %v", err)
		}
		if pages.Dirty+pages.Writeback > 0 {
			n++
		}
		return err
	}))
	return n
}
