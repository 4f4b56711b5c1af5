package rotate

import (
	"errors"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestWhatIsDropped(t *testing.T) {
	var c pageCache
	const mib = 1 << 20
	for _, step := range []struct{ size, from, n int64 }{
		{100 * mib, 0, 0},
		{256 * mib, 0, 0},
		{271 * mib, 0, 0},
		{273 * mib, 0, 16 * mib},
		{280 * mib, 16 * mib, 0},
		{401 * mib, 16 * mib, 128 * mib},
		{100 * mib, 100 * mib, 0}, // cut
		{400 * mib, 100 * mib, 32 * mib},
	} {
		if from, n := c.due(step.size); from != step.from || n != step.n {
			t.Errorf("of %d MiB: %d bytes from %d, not %d from %d", step.size/mib, n, from, step.n, step.from)
		}
	}
}

// TestLongFileLeavesTheCache: what was synced leaves it, but for the end of the file. The kernel may keep a page
// that it has in hand at that moment, to move it, say: so one of several files is enough.
func TestLongFileLeavesTheCache(t *testing.T) {
	for range 10 {
		if leavesTheCache(t) {
			return
		}
		t.Log("still cached; another file")
	}
	t.Error("no file has left the cache")
}

// leavesTheCache reports whether a long file's first page is not cached any more behind a sync.
func leavesTheCache(t *testing.T) bool {
	t.Helper()
	l := newLog(t, Options{})
	put(t, l, strings.Repeat("x", 1<<20))
	var fs unix.Statfs_t
	must(t, unix.Fstatfs(int(l.file.Fd()), &fs))
	if fs.Type == unix.TMPFS_MAGIC {
		t.Skip("skipped: files in this temporary directory are nowhere but in memory")
	}
	must(t, l.Sync())
	if !isCached(t, l.file.Name(), 0) {
		t.Fatal("not cached at first")
	}
	must(t, os.Truncate(l.file.Name(), cached+dropStep-4096)) // the rest is a hole
	put(t, l, strings.Repeat("x", 4096))
	if !isCached(t, l.file.Name(), 0) {
		t.Error("dropped before it was synced")
	}
	must(t, l.Sync())
	if !isCached(t, l.file.Name(), cached+dropStep-4096) {
		t.Error("the end of the file is not cached any more")
	}
	return !isCached(t, l.file.Name(), 0)
}

// isCached asks for the byte at an offset, if it can be had without the disk.
func isCached(t *testing.T, path string, at int64) bool {
	t.Helper()
	f, err := os.Open(path)
	must(t, err)
	defer f.Close()
	n, err := unix.Preadv2(int(f.Fd()), [][]byte{make([]byte, 1)}, at, unix.RWF_NOWAIT)
	if err != nil && !errors.Is(err, unix.EAGAIN) {
		t.Fatal(err)
	}
	return n == 1
}
