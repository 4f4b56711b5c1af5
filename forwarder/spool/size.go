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

// Shortage asks about the file system that path is on. It is nearly full when less is left than an eighth,
// and less than 64 MiB. It is short when less than twice as much is left: spool that everybody has accepted
// should go before it is nearly full. One that cannot be asked is neither.
func Shortage(path string) (short, full bool) {
	var st unix.Statfs_t
	if unix.Statfs(path, &st) != nil {
		return false, false
	}
	return leaves(&st, 2), nearlyFull(&st)
}

func nearlyFull(st *unix.Statfs_t) bool { return leaves(st, 1) }

// leaves reports whether less is left than so many eighths, and than so many times 64 MiB.
func leaves(st *unix.Statfs_t, eighths uint64) bool {
	const enough = 64 << 20
	return st.Bavail*uint64(st.Bsize) < eighths*enough && st.Bavail < eighths*(st.Blocks/8)
}
