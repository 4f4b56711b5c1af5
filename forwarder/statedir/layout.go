package statedir

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// Dir is the path of a state directory. Its methods name what lies in it, and are safe for
// several goroutines.
type Dir string

// Spool is where the spool of a state directory is.
func (d Dir) Spool() string { return filepath.Join(string(d), "spool") }

// Rotated is the record of what is known of rotated files; see package retention.
func (d Dir) Rotated() string { return filepath.Join(string(d), "rotated") }

// Incidents is the record of what has begun and is not over, as events have told; see package audit.
func (d Dir) Incidents() string { return filepath.Join(string(d), "incidents") }

// Damaged is the directory of bytes of the spool that could not be read.
func (d Dir) Damaged() string { return filepath.Join(string(d), "damaged") }

// Make makes the directories of a state directory that do not exist.
func (d Dir) Make() error {
	for _, dir := range []string{d.Spool(), d.Cursors()} {
		err := os.MkdirAll(dir, 0o750)
		if full := errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT); err != nil && !full { // there may be room once something is delivered
			return err
		}
	}
	return d.closeToOthers()
}

// Delivering reports whether some process delivers from the state directory.
func (d Dir) Delivering() bool { return locked(d.DeliveryLock()) }

// DeliveredAfter reports whether a process that delivers from the state directory has been
// at work after t, so that it finds what the spool held by then.
func (d Dir) DeliveredAfter(t time.Time) bool {
	info, err := os.Lstat(d.DeliveryLock())
	return err == nil && info.ModTime().After(t)
}

// LockStart lets one process at a time start a deliverer: of many intakes that begin at
// once, as with Apache, each would start one, and all but one would end at once. mine is
// false while another process has the lock. Where no lock file can be made mine is true.
func (d Dir) LockStart() (release func(), mine bool) {
	l, err := TakeLock(d.startLock())
	switch {
	case err == nil:
		return l.Release, true
	case errors.Is(err, ErrLocked):
		return nil, false
	}
	return func() {}, true
}

// ServiceRuns reports whether the service delivers from the state directory, or is
// about to: nobody else may begin to.
func (d Dir) ServiceRuns() bool { return locked(d.ServiceLock()) }

// Check tells whether this process can write to the spool, or could make it. It changes
// nothing.
func (d Dir) Check() error {
	for dir := d.Spool(); ; dir = filepath.Dir(dir) {
		err := unix.Access(dir, unix.W_OK|unix.X_OK)
		if errors.Is(err, fs.ErrNotExist) && dir != "/" {
			continue
		}
		if err != nil {
			return fmt.Errorf("state directory %q: cannot write to %q: %w; lines wait in memory until that is mended", d, dir, err)
		}
		return nil
	}
}

// CheckNotForAll returns an error if everybody may write to a directory, and so remove
// or forge lines. A directory that does not exist is no error.
func CheckNotForAll(what, dir string) error {
	st, err := os.Stat(dir)
	if err != nil || st.Mode().Perm()&0o002 == 0 {
		return nil
	}
	return fmt.Errorf("%s %q: everybody may write to it (mode %v), and so remove or forge lines; chmod o-w %s", what, dir, st.Mode(), dir)
}

// closeToOthers takes the right to write to the directories of the state directory from
// everybody but their owner.
func (d Dir) closeToOthers() error {
	for _, dir := range []string{d.Spool(), d.Cursors()} {
		st, err := os.Stat(dir)
		if err == nil && st.Mode().Perm()&0o022 != 0 {
			err = os.Chmod(dir, st.Mode().Perm()&^0o022)
		}
		if err != nil && !errors.Is(err, fs.ErrPermission) && !errors.Is(err, fs.ErrNotExist) { // they are another's, who is told by check
			return err
		}
	}
	return nil
}
