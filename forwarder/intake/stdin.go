package intake

import (
	"os"

	"golang.org/x/sys/unix"
)

const (
	bigPipe    = 1 << 20   // with CAP_SYS_RESOURCE
	biggerPipe = 256 << 10 // without: the user's pipes have 64 MiB in all
)

// openStdin returns standard input for reading. It opens a pipe a second time, so that
// Apache's own open file description does not get O_NONBLOCK; if the pipe is root's only
// root may. An input that is no pipe, or cannot be opened again, is read as it is.
func openStdin() *os.File {
	var st unix.Stat_t
	if unix.Fstat(0, &st) != nil || st.Mode&unix.S_IFMT != unix.S_IFIFO {
		return os.Stdin
	}
	fd, err := unix.Open("/proc/self/fd/0", unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return os.Stdin
	}
	return os.NewFile(uintptr(fd), "stdin")
}

// beOnlyReader blocks while another intake reads the pipe: two readers would tear lines. It
// does nothing where stdin was not opened a second time.
func beOnlyReader(stdin *os.File) {
	if stdin == os.Stdin {
		return
	}
	c, err := stdin.SyscallConn()
	if err == nil {
		_ = c.Control(func(fd uintptr) { _ = lockRetry(int(fd)) }) // a pipe can be locked
	}
}

// lockRetry takes an exclusive flock, however long it takes.
func lockRetry(fd int) error {
	for {
		if err := unix.Flock(fd, unix.LOCK_EX); err != unix.EINTR {
			return err
		}
	}
}

// enlargeStdin makes the pipe hold more: a full pipe blocks Apache's workers, and
// lines above PIPE_BUF mix in it. The front calls it first of all, since nobody
// reads before the intake is up. The pipe never becomes smaller; where the process may
// not enlarge it, and where there is no pipe, nothing changes.
func enlargeStdin() {
	const fd = 0
	now, err := unix.FcntlInt(uintptr(fd), unix.F_GETPIPE_SZ, 0)
	if err != nil {
		return
	}
	want := biggerPipe
	if hasCapSysResource() {
		want = bigPipe
	}
	if now < want {
		_, _ = unix.FcntlInt(uintptr(fd), unix.F_SETPIPE_SZ, want)
	}
}

func hasCapSysResource() bool {
	hdr := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	return unix.Capget(&hdr, &data[0]) == nil && data[0].Effective&(1<<unix.CAP_SYS_RESOURCE) != 0
}

// urgent reports whether a pipe is half full, or has no writer any more, or cannot be asked. The
// end of a pipe without writers must be read even while the spool cannot be written: LastTry,
// after which the intake ends, begins only then.
func urgent(fd int) bool {
	size, err := unix.FcntlInt(uintptr(fd), unix.F_GETPIPE_SZ, 0)
	if err != nil {
		return true
	}
	held, err := unix.IoctlGetInt(fd, unix.TIOCINQ)
	if err != nil || held >= size/2 {
		return true
	}
	state := []unix.PollFd{{Fd: int32(fd)}}
	_, err = unix.Poll(state, 0)
	return err != nil || state[0].Revents&unix.POLLHUP != 0
}
