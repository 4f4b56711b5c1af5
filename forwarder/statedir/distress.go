package statedir

import (
	"os"

	"golang.org/x/sys/unix"
)

// Distress is how a process lets others know that it cannot write to the spool. It needs no
// room, no right to write and no disk that works, and ends with the process: it is a lock on
// the state directory itself, of which the kernel keeps account. It says no more than that
// there is somebody; one holds it for all. Not for concurrent use.
type Distress struct{ held *os.File }

// Set begins the distress in a state directory, or ends it. It does not block. A begin that
// meets one who looks fails, and is to be tried again.
func (d *Distress) Set(stateDir string, on bool) {
	switch {
	case !on && d.held != nil:
		d.held.Close()
		d.held = nil
	case on && d.held == nil:
		f, err := os.Open(stateDir)
		if err != nil {
			return // nobody can be told
		}
		if unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) != nil {
			f.Close()
			return
		}
		d.held = f
	}
}

// InDistress reports whether there is a process that cannot write to the spool.
func InDistress(stateDir string) bool { return locked(stateDir) }
