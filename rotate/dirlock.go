package rotate

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// ErrLocked: another process holds the lock of the directory.
var ErrLocked = errors.New("another process writes this log directory")

// DirLock is the right to write the logs of a directory.
type DirLock struct{ dir *os.File }

// LockDir takes an exclusive lock (flock) on dir itself, so that deliverers of different state
// directories never write one log directory. It makes the directory if it is missing, with mode 0750.
// It does not wait: ErrLocked says that another holds it. The kernel releases it with the process.
func LockDir(dir string) (*DirLock, error) {
	if err := os.MkdirAll(dir, dirMode); err != nil {
		return nil, err
	}
	d, err := os.OpenFile(dir, os.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		return nil, err
	}
	if err := lockDir(d, dir); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return &DirLock{dir: d}, nil
}

func lockDir(d *os.File, dir string) error {
	err := retry("flock", dir, func() error { return unix.Flock(int(d.Fd()), unix.LOCK_EX|unix.LOCK_NB) })
	if errors.Is(err, unix.EWOULDBLOCK) {
		return fmt.Errorf("lock %q: %w", dir, ErrLocked)
	}
	if err != nil {
		return err
	}
	return sameDir(d, dir)
}

// sameDir makes sure that the locked directory still is the one at the path.
func sameDir(d *os.File, dir string) error {
	locked, err := d.Stat()
	if err != nil {
		return err
	}
	named, err := os.Stat(dir)
	if err != nil {
		return err
	}
	if !os.SameFile(locked, named) {
		return fmt.Errorf("lock %q: the directory was replaced meanwhile", dir)
	}
	return nil
}

// Close releases the lock. Closing twice is an error. To close the directory is not enough: a process that is being
// started has the description, too, until its execve(2).
func (k *DirLock) Close() error {
	return errors.Join(unix.Flock(int(k.dir.Fd()), unix.LOCK_UN), k.dir.Close())
}
