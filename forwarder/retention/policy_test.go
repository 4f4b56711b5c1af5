package retention

import "testing"

// TestSizeKey: sizes are told as the configuration has them.
func TestSizeKey(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0", 999: "999", 4_000: "4kB", 99_999: "99999", 123_456: "123kB", 3_000_000: "3MB", 1_500_000_000: "1500MB",
		2_000_000_000: "2GB", 5_000_000_000_000: "5TB", 123_456_789_012_345: "123TB",
	} {
		if got := sizeKey(n); got != want {
			t.Errorf("%d is %s, want %s", n, got, want)
		}
	}
}
