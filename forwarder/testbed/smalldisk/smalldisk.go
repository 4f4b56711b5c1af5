// Package smalldisk is for tests of what happens on a full disk, and on one whose power fails. It imports no package of the program,
// so that each of them can use it.
package smalldisk

import (
	"testing"

	"golang.org/x/sys/unix"
)

// Mount puts a file system of a size, such as "1m", at dir until the test ends. Where that is not
// permitted the test is skipped.
func Mount(t *testing.T, dir, size string) {
	t.Helper()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		t.Skipf("no tmpfs can be mounted (root may): %v", err)
	}
	t.Cleanup(func() { _ = unix.Unmount(dir, unix.MNT_DETACH) })
}
