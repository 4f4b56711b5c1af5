package idle

import (
	"fmt"
	"strings"

	"golang.org/x/sys/unix"
)

// LetGoOfCode gives the pages of the program's own file that are mapped into this process
// back to the kernel. Most of them were of use at the start alone, and of a process that
// waits for most of its life there is one for each CustomLog; the few that it needs come
// back from the page cache when it uses them.
func LetGoOfCode() {
	var exe unix.Stat_t
	if unix.Stat("/proc/self/exe", &exe) != nil {
		return // it costs memory, no more
	}
	fd, err := unix.Open("/proc/self/maps", unix.O_RDONLY|unix.O_CLOEXEC, 0) // package os would try to poll it
	if err != nil {
		return
	}
	defer unix.Close(fd)
	buf := make([]byte, 4<<10)
	n, err := unix.Read(fd, buf) // those of the file come first
	if err != nil {
		return
	}
	for line := range strings.Lines(string(buf[:n])) {
		if from, to, ok := codeMapping(line, exe.Ino); ok {
			_, _, _ = unix.Syscall(unix.SYS_MADVISE, from, to-from, unix.MADV_DONTNEED)
		}
	}
}

// codeMapping takes a line of /proc/self/maps apart (proc_pid_maps(5)). It reports whether
// it is of the file with that inode, and holds nothing but what is in there. Of a program
// that is position-independent what can only be read was written to by the loader, and is
// lost when it is let go of: where it lies tells.
func codeMapping(line string, inode uint64) (from, to uintptr, ok bool) {
	const highest = 1 << 32 // of a program that is not
	var mode, device string
	var offset, ino uint64
	if n, _ := fmt.Sscanf(line, "%x-%x %s %x %s %d", &from, &to, &mode, &offset, &device, &ino); n != 6 {
		return 0, 0, false
	}
	return from, to, ino == inode && (mode == "r-xp" || mode == "r--p" && to < highest)
}
