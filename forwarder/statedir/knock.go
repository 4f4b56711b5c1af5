package statedir

import (
	"path/filepath"
	"slices"

	"golang.org/x/sys/unix"
)

// Knock tells the process that delivers, if there is one, that somebody waits for a sign of life
// or for the record of what is delivered: it then acts at once instead of within a second. Knock
// sets the times of a lock file, which that process watches. It does nothing where this process
// may not set them.
func (d Dir) Knock() {
	for _, path := range d.knockers() {
		_ = unix.Utimes(path, nil) // a knock that is not heard costs a second
	}
}

// IsKnock reports whether a change of the attributes of the file at path is a knock.
func IsKnock(path string) bool {
	knockers := Dir(filepath.Dir(path)).knockers()
	return slices.Contains(knockers[:], path)
}

// knockers are files that a state directory has and whose times tell nothing else.
func (d Dir) knockers() [2]string {
	return [...]string{d.startLock(), d.ServiceLock()}
}
