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

// Lock is an exclusive flock on a file of its own. The kernel frees it when the process ends, in
// whatever way.
type Lock struct{ f *os.File }

// TakeLock takes the lock, or returns ErrLocked. It does not block. A file that was removed or
// replaced between open and flock does not count: TakeLock tries again.
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

// Sign writes this process's id into the lock file. Processes that watch the file notice that.
func (l *Lock) Sign() error {
	err := l.f.Truncate(0)
	if err == nil {
		_, err = fmt.Fprintf(l.f, "%d\n", os.Getpid())
	}
	if errors.Is(err, unix.ENOSPC) { // the lock holds without its text
		return nil
	}
	return err
}

// Touch sets the times of the lock file, to show that its holder is at work: a process that was
// killed may hold the lock for a moment still, and does not touch it.
func (l *Lock) Touch(now time.Time) {
	at := unix.NsecToTimeval(now.UnixNano())
	_ = unix.Futimes(int(l.f.Fd()), []unix.Timeval{at, at}) // after a failure those who wait for it wait longer
}

// Release frees the lock. To close it is not enough: a process that is being started has the description, too, until
// its execve(2).
func (l *Lock) Release() {
	_ = unix.Flock(int(l.f.Fd()), unix.LOCK_UN) // to unlock cannot fail
	l.f.Close()
}

// locked reports whether some process holds the lock. It looks by taking it,
// shared, for a moment.
func locked(path string) bool {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0) // os.Open would register the file with the poller, which costs an idle process more
	if err != nil {
		return false
	}
	defer unix.Close(fd)
	err = unix.Flock(fd, unix.LOCK_SH|unix.LOCK_NB)
	_ = unix.Flock(fd, unix.LOCK_UN) // as Release does; to unlock cannot fail
	return err == unix.EWOULDBLOCK
}

// DeliveryLock is held by the process that delivers.
func (d Dir) DeliveryLock() string { return filepath.Join(string(d), "delivery.lock") }

// startLock is held by the process that starts a deliverer.
func (d Dir) startLock() string { return filepath.Join(string(d), "start.lock") }

// ServiceLock is held by the service: nobody else begins to deliver.
func (d Dir) ServiceLock() string { return filepath.Join(string(d), "service.lock") }
