package unit

import (
	"math"
	"testing"
	"time"
)

func TestParseSize(t *testing.T) {
	const bad = -1
	for in, want := range map[string]int64{
		"0": 0, "480": 480, "1kB": 1000, "1KiB": 1024, "100MB": 100e6, "16MiB": 16 << 20,
		"10GB": 10e9, "1GiB": 1 << 30, "1 GiB": 1 << 30,
		"9223372036854775807": math.MaxInt64, "9223372036854775808": math.MaxInt64, "99999999999GB": math.MaxInt64,
		"": bad, "MB": bad, "-1": bad, "+1": bad, "1.5MB": bad, "1KB": bad, "1K": bad, "1mb": bad, "1B": bad,
		"1 M B": bad, "0x10": bad, "1_000": bad, "1MBMB": bad, "MB1": bad, "1e3": bad, " 1": bad,
	} {
		n, msg := parseSize(in)
		if msg != "" {
			n = bad
		}
		if n != want {
			t.Errorf("%q is %d, want %d", in, n, want)
		}
	}
}

func TestFormatSize(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0 bytes", 480: "480 bytes", 65507: "65507 bytes", 1000: "1kB", 1024: "1KiB",
		1 << 20: "1MiB", 3 << 30: "3GiB", 16e6: "16MB", 2e9: "2GB",
	} {
		if got := FormatSize(n); got != want {
			t.Errorf("%d is %s, want %s", n, got, want)
		}
	}
}

func TestParseDuration(t *testing.T) {
	const bad = -1
	for in, want := range map[string]time.Duration{
		"0": 0, "0s": 0, "0d": 0, "5s": 5 * time.Second, "500ms": time.Second / 2, "10m": 10 * time.Minute,
		"1h30m": 90 * time.Minute, "1.5h": 90 * time.Minute, "365d": 365 * Day, "99999999d": math.MaxInt64 / Day * Day,
		"": bad, "5": bad, "1.5": bad, "-5s": bad, "+5s": bad, "d": bad, "1.5d": bad, "-1d": bad, "1d12h": bad,
		"5 s": bad, "forever": bad, "5S": bad, ".": bad,
	} {
		d, msg := parseDuration(in)
		if msg != "" {
			d = bad
		}
		if d != want {
			t.Errorf("%q is %v, want %v", in, d, want)
		}
	}
}
