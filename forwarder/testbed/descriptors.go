package testbed

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// Descriptors is how many descriptors this process has open.
func Descriptors(t *testing.T) int {
	t.Helper()
	names, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(names)
}

// Share duplicates this process's descriptors of a file, as a process has them that is being started and not yet in
// execve(2), and returns a function that closes the duplicates.
func Share(t *testing.T, path string) (end func()) {
	t.Helper()
	var shared []int
	for fd, to := range Process(os.Getpid()).Descriptors() {
		if to != path {
			continue
		}
		duplicate, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		shared = append(shared, duplicate)
	}
	if len(shared) == 0 {
		t.Fatalf("%s is not open", path)
	}
	return func() {
		for _, fd := range shared {
			_ = unix.Close(fd) // it is open
		}
	}
}
