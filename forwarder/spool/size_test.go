package spool

import (
	"testing"

	"golang.org/x/sys/unix"
)

// TestSizes: a file is a small part of its spool, within bounds; and a file system is nearly full where little is
// left of it both in bytes and by its size.
func TestSizes(t *testing.T) {
	for max, want := range map[int64]int64{0: 64 << 20, 1: 64 << 10, 1 << 20: 64 << 10, 160 << 20: 10 << 20, 1 << 40: 64 << 20} {
		if got := RollSize(max); got != want {
			t.Errorf("files of %d bytes in a spool of %d, want %d", got, max, want)
		}
	}
	const mega = 1 << 20
	for _, tt := range []struct {
		size, left  uint64 // MiB
		full, short bool
	}{
		{80, 9, true, true}, {80, 10, false, true}, {80, 19, false, true}, {80, 20, false, false},
		{8000, 63, true, true}, {8000, 64, false, true}, {8000, 127, false, true}, {8000, 128, false, false},
	} {
		st := unix.Statfs_t{Bsize: 4096, Blocks: tt.size * mega / 4096, Bavail: tt.left * mega / 4096}
		if nearlyFull(&st) != tt.full || leaves(&st, 2) != tt.short {
			t.Errorf("%d of %d MiB are left: nearly full %v, short %v", tt.left, tt.size, nearlyFull(&st), leaves(&st, 2))
		}
	}
	if short, full := Shortage("/nonexistent"); short || full {
		t.Error("a file system that cannot be asked counts as full")
	}
}
