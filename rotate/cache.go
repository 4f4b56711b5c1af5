package rotate

import (
	"os"

	"golang.org/x/sys/unix"
)

const (
	// cached is how many bytes at the end of a file stay in the page cache: whoever reads a log
	// reads its last lines.
	cached = 256 << 20
	// dropStep is how many bytes are dropped at a time, at least.
	dropStep = 16 << 20
)

// pageCache keeps a file that grows by gigabytes from driving out of memory what the web
// server needs there, and the kernel from looking for pages to reclaim at each write, which
// cost ten times the write itself. What the file had before it was opened is left alone.
type pageCache struct{ dropped int64 } // up to which byte pages were dropped

// synced is called when f is on the disk up to size: other pages cannot be dropped.
func (c *pageCache) synced(f *os.File, size int64) {
	from, n := c.due(size)
	if n > 0 {
		_ = unix.Fadvise(int(f.Fd()), from, n, unix.FADV_DONTNEED) // advice: a failure loses nothing
	}
}

// due is the part of a file of that size which is to be dropped now.
func (c *pageCache) due(size int64) (from, n int64) {
	if size < c.dropped { // the file was cut
		c.dropped = size
	}
	from, n = c.dropped, size-cached-c.dropped
	if n < dropStep {
		return from, 0
	}
	n -= n % dropStep // whole pages
	c.dropped += n
	return from, n
}
