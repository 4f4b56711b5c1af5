package idle

import (
	"fmt"
	"strings"

	"golang.org/x/sys/unix"
)

// LetGoOfCode gives the pages of the program's own file that are mapped into this process
// back to the kernel. Most of them were of use at the start alone, and for each CustomLog there is
// a process that waits for most of its life. Pages that the process needs come back from the page
// cache when it uses them.
func LetGoOfCode() {
	var exe unix.Stat_t
	if unix.Stat("/proc/self/exe", &exe) != nil {
		return // the pages stay, which costs memory and no more
	}
	fd, err := unix.Open("/proc/self/maps", unix.O_RDONLY|unix.O_CLOEXEC, 0) // package os would try to poll it
	if err != nil {
		return
	}
	defer unix.Close(fd)
	buf := make([]byte, 4<<10)
	n, err := unix.Read(fd, buf) // the mappings of the program's file come first
	if err != nil {
		return
	}
	for line := range strings.Lines(string(buf[:n])) {
		if from, to, ok := codeMapping(line, exe.Ino); ok {
			_, _, _ = unix.Syscall(unix.SYS_MADVISE, from, to-from, unix.MADV_DONTNEED)
		}
	}
}

// codeMapping parses a line of /proc/self/maps (proc_pid_maps(5)). ok: the mapping is of the file
// with that inode, and has the file's bytes unchanged, so that its pages can be read again. In a
// position-independent program the loader has written to mappings that are read-only now; such a
// program is known by its high addresses.
func codeMapping(line string, inode uint64) (from, to uintptr, ok bool) {
	const highest = 1 << 32 // of a program that is not
	var mode, device string
	var offset, ino uint64
	if n, _ := fmt.Sscanf(line, "%x-%x %s %x %s %d", &from, &to, &mode, &offset, &device, &ino); n != 6 {
		return 0, 0, false
	}
	return from, to, ino == inode && (mode == "r-xp" || mode == "r--p" && to < highest)
}
