package spool

import (
	"os"

	"golang.org/x/sys/unix"
)

const (
	mostRoll  = 64 << 20
	leastRoll = 64 << 10
)

// RollSize is how large one file may become where the spool may have so many bytes: small
// enough for the oldest to be a small part of it. 0 bytes stand for no limit.
func RollSize(maxSpool int64) int64 {
	if maxSpool == 0 {
		return mostRoll
	}
	return max(leastRoll, min(mostRoll, maxSpool/16))
}

// rollSizeOn is how large a file may become on the file system that it is on: a file that
// is written to cannot be removed, and must not fill a small one by itself.
func rollSizeOn(f *os.File) int64 {
	var st unix.Statfs_t
	if unix.Fstatfs(int(f.Fd()), &st) != nil || st.Blocks == 0 {
		return mostRoll
	}
	return max(leastRoll, int64(min(st.Blocks, 1<<40)/64)*st.Bsize)
}

// NearlyFull reports whether the file system that path is on has less left than an eighth,
// and less than 64 MiB. One that cannot be asked has not.
func NearlyFull(path string) bool {
	var st unix.Statfs_t
	return unix.Statfs(path, &st) == nil && nearlyFull(&st)
}

// Short reports whether there is less than twice as much left as on a file system that is
// nearly full: spool that everybody has accepted should go before it is.
func Short(path string) bool {
	var st unix.Statfs_t
	return unix.Statfs(path, &st) == nil && leaves(&st, 2)
}

func nearlyFull(st *unix.Statfs_t) bool { return leaves(st, 1) }

// leaves reports whether less is left than so many eighths, and than so many times 64 MiB.
func leaves(st *unix.Statfs_t, eighths uint64) bool {
	const enough = 64 << 20
	return st.Bavail*uint64(st.Bsize) < eighths*enough && st.Bavail < eighths*(st.Blocks/8)
}
