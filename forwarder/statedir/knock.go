package statedir

import (
	"path/filepath"
	"slices"

	"golang.org/x/sys/unix"
)

// Knock tells the process that delivers, if there is one, that somebody waits: for a sign of
// life, or for what is delivered to be recorded, both of which it otherwise has a second for.
// It sets the times of a lock file, which that process watches. Where nobody may do that, it
// does nothing.
func Knock(stateDir string) {
	for _, path := range knockers(stateDir) {
		_ = unix.Utimes(path, nil) // who is not heard waits a second
	}
}

// IsKnock reports whether a change of that file's attributes is a knock.
func IsKnock(path string) bool {
	knockers := knockers(filepath.Dir(path))
	return slices.Contains(knockers[:], path)
}

// knockers are files that a state directory has and whose times tell nothing else.
func knockers(stateDir string) [2]string {
	return [...]string{startLock(stateDir), ServiceLock(stateDir)}
}
