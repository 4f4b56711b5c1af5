package statedir

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// ErrLocked: another process holds the lock.
var ErrLocked = errors.New("locked by another process")

// Lock is an exclusive flock on a file of its own; it is freed with the
// process, whatever becomes of that.
type Lock struct{ f *os.File }

// TakeLock takes the lock, or returns ErrLocked. A file that was removed or
// replaced meanwhile is not the lock any more.
func TakeLock(path string) (*Lock, error) {
	const tries = 10
	for range tries {
		f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|unix.O_NOFOLLOW, 0o640)
		if err != nil {
			return nil, err
		}
		if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
			f.Close()
			if errors.Is(err, unix.EWOULDBLOCK) {
				return nil, ErrLocked
			}
			return nil, fmt.Errorf("lock %s: %w", path, err)
		}
		l := &Lock{f}
		if l.Valid() {
			return l, nil
		}
		f.Close()
	}
	return nil, fmt.Errorf("lock %s: the file is replaced again and again", path)
}

// Valid reports whether the path still names the file that is locked.
func (l *Lock) Valid() bool {
	mine, err1 := l.f.Stat()
	there, err2 := os.Lstat(l.f.Name())
	return err1 == nil && err2 == nil && os.SameFile(mine, there)
}

// Sign writes who holds the lock into it. That also tells those who watch the file.
func (l *Lock) Sign() error {
	err := l.f.Truncate(0)
	if err == nil {
		_, err = fmt.Fprintf(l.f, "%d\n", os.Getpid())
	}
	if errors.Is(err, unix.ENOSPC) { // it holds without
		return nil
	}
	return err
}

// Touch shows that who holds the lock is at work: one that was killed may hold it for a
// moment still.
func (l *Lock) Touch(now time.Time) {
	at := unix.NsecToTimeval(now.UnixNano())
	_ = unix.Futimes(int(l.f.Fd()), []unix.Timeval{at, at}) // who misses it looks longer
}

// Release frees the lock.
func (l *Lock) Release() { l.f.Close() }

// locked reports whether some process holds the lock. It looks by taking it,
// shared, for a moment.
func locked(path string) bool {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0) // not by os.Open: idle processes do this, and that would try to poll it
	if err != nil {
		return false
	}
	defer unix.Close(fd)
	return unix.Flock(fd, unix.LOCK_SH|unix.LOCK_NB) == unix.EWOULDBLOCK
}

// DeliveryLock is held by the process that delivers.
func DeliveryLock(stateDir string) string { return filepath.Join(stateDir, "delivery.lock") }

// startLock is held by the process that starts a deliverer.
func startLock(stateDir string) string { return filepath.Join(stateDir, "start.lock") }

// ServiceLock is held by the service: nobody else begins to deliver.
func ServiceLock(stateDir string) string { return filepath.Join(stateDir, "service.lock") }
