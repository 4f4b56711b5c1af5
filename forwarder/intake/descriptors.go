package intake

import (
	"fmt"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"
)

// CloseInherited closes the descriptors above 2 that came with this process, but for
// those given: whoever started the web server, or a module of it, may have left open a
// listening port, a lock, or the pipe of another logger, and this process lives longer than
// they do. It is for the beginning of main. Go's runtime opens its own descriptors with the
// close-on-exec flag; an inherited descriptor cannot have that flag.
func CloseInherited(given ...int) {
	for _, fd := range descriptors() {
		flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
		if err == nil && flags&unix.FD_CLOEXEC == 0 && !slices.Contains(given, fd) {
			_ = unix.Close(fd)
		}
	}
}

// descriptors are those that may be open, above 2. The directory is not read by package os,
// which would have the runtime open descriptors of its own in a process that needs none.
func descriptors() (fds []int) {
	const first = 3
	dir, err := unix.Open("/proc/self/fd", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		var limit unix.Rlimit
		_ = unix.Getrlimit(unix.RLIMIT_NOFILE, &limit)
		for fd := first; fd < int(min(limit.Cur, 1<<20)); fd++ {
			fds = append(fds, fd)
		}
		return fds
	}
	defer unix.Close(dir)
	buf := make([]byte, 4<<10)
	for {
		n, err := unix.ReadDirent(dir, buf)
		if err != nil || n <= 0 {
			return fds
		}
		_, _, names := unix.ParseDirent(buf[:n], -1, nil)
		for _, name := range names {
			if fd, err := strconv.Atoi(name); err == nil && fd >= first {
				fds = append(fds, fd)
			}
		}
	}
}

// LetGo puts /dev/null in the place of standard output and error. These may be the
// pipe to another of our own processes, which would not see the pipe's end before
// this process ends.
func LetGo() error {
	null, err := nullDevice()
	if err != nil {
		return err
	}
	for _, fd := range []int{1, 2} {
		if err := unix.Dup3(null, fd, 0); err != nil {
			return fmt.Errorf("/dev/null: %w", err)
		}
	}
	return unix.Close(null)
}

// nullDevice opens /dev/null. Where there is none it is a pipe that nobody reads: what is
// written to it fails, and nothing can be read from it.
func nullDevice() (fd int, err error) {
	fd, err = unix.Open("/dev/null", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err == nil {
		return fd, nil
	}
	var ends [2]int
	if perr := unix.Pipe2(ends[:], unix.O_CLOEXEC); perr != nil {
		return -1, fmt.Errorf("/dev/null: %w", err)
	}
	_ = unix.Close(ends[0])
	return ends[1], nil
}
