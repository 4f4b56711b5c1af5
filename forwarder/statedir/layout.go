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

// SpoolDir is where the spool of a state directory is.
func SpoolDir(stateDir string) string { return filepath.Join(stateDir, "spool") }

// Make makes what is missing of a state directory.
func Make(stateDir string) error {
	for _, dir := range []string{SpoolDir(stateDir), CursorDir(stateDir)} {
		err := os.MkdirAll(dir, 0o750)
		if full := errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT); err != nil && !full { // there may be room once something is delivered
			return err
		}
	}
	return closeToOthers(stateDir)
}

// Delivering reports whether some process delivers from the state directory.
func Delivering(stateDir string) bool { return locked(DeliveryLock(stateDir)) }

// DeliveredAfter reports whether a process that delivers from the state directory has been
// at work after t, so that it finds what the spool held by then.
func DeliveredAfter(stateDir string, t time.Time) bool {
	info, err := os.Lstat(DeliveryLock(stateDir))
	return err == nil && info.ModTime().After(t)
}

// LockStart lets one process at a time start a deliverer: where many intakes begin at
// once, as with Apache, all but one of theirs would start for nothing. mine is false
// while another has the lock. Where there can be no lock there is none.
func LockStart(stateDir string) (release func(), mine bool) {
	l, err := TakeLock(startLock(stateDir))
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
func ServiceRuns(stateDir string) bool { return locked(ServiceLock(stateDir)) }

// Check tells whether this process can write to the spool, or could
// make it, without doing so.
func Check(stateDir string) error {
	for dir := SpoolDir(stateDir); ; dir = filepath.Dir(dir) {
		err := unix.Access(dir, unix.W_OK|unix.X_OK)
		if errors.Is(err, fs.ErrNotExist) && dir != "/" {
			continue
		}
		if err != nil {
			return fmt.Errorf("state directory %q: cannot write to %q: %w; lines wait in memory until that is mended", stateDir, dir, err)
		}
		return nil
	}
}

// CheckNotForAll tells whether everybody may write to a directory, and so remove
// or forge lines. One that does not exist is no trouble.
func CheckNotForAll(what, dir string) error {
	st, err := os.Stat(dir)
	if err != nil || st.Mode().Perm()&0o002 == 0 {
		return nil
	}
	return fmt.Errorf("%s %q: everybody may write to it (mode %v), and so remove or forge lines; chmod o-w %s", what, dir, st.Mode(), dir)
}

// closeToOthers takes the right to write to its directories in the state
// directory from everybody but their owner.
func closeToOthers(stateDir string) error {
	for _, dir := range []string{SpoolDir(stateDir), CursorDir(stateDir)} {
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
