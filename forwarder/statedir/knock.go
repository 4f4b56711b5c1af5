package statedir

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/sys/unix"
)

// Knock asks the process that delivers, if there is one, for a sign of life (DeliveredAfter): it
// gives one at once instead of within a second. Knock sets the times of a lock file, which that
// process watches. It does nothing where this process may not set them.
func (d Dir) Knock() {
	for _, path := range d.knockers() {
		_ = unix.Utimes(path, nil) // a knock that is not heard costs a second
	}
}

// AwaitRecord tells the process that delivers, if there is one, that somebody waits for the record
// of what is delivered: for a moment it makes one at once when all is delivered. A record costs a
// sync of the files, so that whoever wants no more than a sign of life knocks. It sets the times of
// Awaited, which that process watches, and does nothing where this process may not.
func (d Dir) AwaitRecord() {
	if err := unix.Utimes(d.Awaited(), nil); errors.Is(err, fs.ErrNotExist) {
		if f, err := os.OpenFile(d.Awaited(), os.O_CREATE|os.O_WRONLY|unix.O_NOFOLLOW, 0o640); err == nil {
			f.Close()
		}
	}
}

// Awaited is the file whose times AwaitRecord sets.
func (d Dir) Awaited() string { return filepath.Join(string(d), "awaited") }

// IsKnock reports whether a change of the attributes of the file at path is a knock.
func IsKnock(path string) bool {
	knockers := Dir(filepath.Dir(path)).knockers()
	return slices.Contains(knockers[:], path)
}

// knockers are files that a state directory has and whose times tell nothing else.
func (d Dir) knockers() [2]string {
	return [...]string{d.startLock(), d.ServiceLock()}
}
