package spool

import (
	"errors"
	"io"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// disk is what a Reader reads from. Tests have one with bad blocks.
type disk struct {
	// pread is one read, at most. ReadAt of os.File would make a second one to be sure
	// of the end of the file, for each line at low rates.
	pread func(f *os.File, b []byte, off int64) (int, error)
	// badAfter is how long what the disk does not give is asked for again, before it
	// is passed over: a disk in a network comes back.
	badAfter time.Duration
}

// theDisk is the one that there is.
var theDisk = &disk{pread: pread, badAfter: time.Minute}

func pread(f *os.File, b []byte, off int64) (int, error) {
	for {
		n, err := unix.Pread(int(f.Fd()), b, off)
		if err != unix.EINTR {
			return max(n, 0), err
		}
	}
}

// salvage reads a file with zeros for the blocks that the disk does not give.
type salvage struct {
	disk *disk
	f    *os.File
}

func (s salvage) ReadAt(b []byte, off int64) (done int, err error) {
	const block = 4096
	for done < len(b) {
		at := off + int64(done)
		n, err := s.disk.pread(s.f, b[done:], at)
		switch {
		case errors.Is(err, unix.EIO):
			n = min(len(b)-done, int(block-at%block))
			clear(b[done : done+n])
		case err != nil:
			return done, err
		case n == 0:
			return done, io.EOF
		}
		done += n
	}
	return done, nil
}

// unreadable puts off a file that cannot be read at the cursor, or passes over the
// place if that has lasted.
func (r *Reader) unreadable(c *cursor, err error) error {
	if c.bad.IsZero() {
		c.bad = time.Now()
	}
	if !errors.Is(err, unix.EIO) || time.Since(c.bad) < r.disk.badAfter {
		return r.fail(c, err)
	}
	c.bad = time.Time{}
	return r.resync(c, err)
}
