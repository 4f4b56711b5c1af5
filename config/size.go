package config

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

const (
	kib = 1 << 10
	mib = 1 << 20
	gib = 1 << 30
)

// sizeUnits are the units of sizes, the largest first.
var sizeUnits = []struct {
	name  string
	bytes int64
}{
	{"GiB", gib}, {"GB", 1e9}, {"MiB", mib}, {"MB", 1e6}, {"KiB", kib}, {"kB", 1e3},
}

const sizeHint = "write bytes, or a whole number with kB, MB, GB, KiB, MiB or GiB"

// parseSize reads "100MB"; a number alone is bytes. The message begins after the quoted value.
// More than an int64 holds is as much as it does.
func parseSize(s string) (n int64, msg string) {
	digits := strings.TrimRight(s, "BGKMik")
	unit := int64(0)
	if digits == s {
		unit = 1
	}
	for _, u := range sizeUnits {
		if u.name == s[len(digits):] {
			unit = u.bytes
		}
	}
	u, err := strconv.ParseUint(strings.TrimRight(digits, " "), 10, 63)
	if unit == 0 || err != nil && !isRange(err) {
		return 0, "is not a size (" + sizeHint + ")"
	}
	if err != nil || int64(u) > math.MaxInt64/unit {
		return math.MaxInt64, ""
	}
	return int64(u) * unit, ""
}

// formatSize writes n in the largest unit that gives a whole number.
func formatSize(n int64) string {
	for _, u := range sizeUnits {
		if n != 0 && n%u.bytes == 0 {
			return strconv.FormatInt(n/u.bytes, 10) + u.name
		}
	}
	return fmt.Sprintf("%d bytes", n)
}

// size reads a size from lo to hi bytes.
func size[T ~int | ~int64](dst *T, lo, hi int64) func(value) {
	return func(v value) {
		n, ok := v.size()
		switch {
		case !ok:
		case n < lo:
			v.fail("%s is too small (at least %s)", v.quoted(), formatSize(lo))
		case n > hi:
			v.fail("%s is too large (at most %s)", v.quoted(), formatSize(hi))
		default:
			*dst = T(n)
		}
	}
}

// size reads a size of any value.
func (v value) size() (int64, bool) {
	switch raw := v.raw.(type) {
	case int64:
		return raw, true
	case string:
		n, msg := parseSize(raw)
		if msg != "" {
			v.fail("%s %s", quote(raw), msg)
		}
		return n, msg == ""
	}
	v.fail("%s, must be a size (%s)", v.kind(), sizeHint)
	return 0, false
}
