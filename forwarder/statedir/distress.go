package statedir

import (
	"os"

	"golang.org/x/sys/unix"
)

// Distress is how a process lets others know that it cannot write to the spool. It is a shared
// lock on the state directory itself (of an open file description, fcntl(2)): the lock needs no
// space, no right to write and no disk that works, is in nobody's way, and ends with the process.
// It does not tell which process is in distress. Not for concurrent use.
type Distress struct{ held *os.File }

// Set begins the distress in a state directory, or ends it. It does not block.
func (d *Distress) Set(stateDir Dir, on bool) {
	switch {
	case !on && d.held != nil:
		// A process that is being started has the description, too, until its execve(2).
		_ = unix.FcntlFlock(d.held.Fd(), unix.F_OFD_SETLK, &unix.Flock_t{Type: unix.F_UNLCK}) // to unlock cannot fail
		d.held.Close()
		d.held = nil
	case on && d.held == nil:
		f, err := os.Open(string(stateDir))
		if err != nil {
			return // without the directory there is nothing to lock: the others are not told
		}
		if unix.FcntlFlock(f.Fd(), unix.F_OFD_SETLK, &unix.Flock_t{Type: unix.F_RDLCK}) != nil {
			f.Close()
			return
		}
		d.held = f
	}
}

// InDistress reports whether there is a process that cannot write to the spool. It takes no
// lock.
func (d Dir) InDistress() bool {
	fd, err := unix.Open(string(d), unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return false
	}
	defer unix.Close(fd)
	l := unix.Flock_t{Type: unix.F_WRLCK}
	return unix.FcntlFlock(uintptr(fd), unix.F_OFD_GETLK, &l) == nil && l.Type != unix.F_UNLCK
}
