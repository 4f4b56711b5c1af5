package forwarder

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// SpoolDir is where the spool of a state directory is.
func SpoolDir(stateDir string) string { return filepath.Join(stateDir, "spool") }

// Delivering reports whether some process delivers from the state directory.
func Delivering(stateDir string) bool { return locked(deliveryLock(stateDir)) }

// CheckStateDir tells whether this process can write to the spool, or could
// make it, without doing so.
func CheckStateDir(stateDir string) error {
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
