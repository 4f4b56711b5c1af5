// Package unit reads values with units: sizes, durations and modes of files, each within its bounds.
package unit

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"httpd-syslog/config/strict"
)

// Sizes in bytes.
const (
	KiB = 1 << 10
	MiB = 1 << 20
	GiB = 1 << 30
)

// sizeUnits are the units of sizes, the largest first.
var sizeUnits = []struct {
	name  string
	bytes int64
}{
	{"GiB", GiB}, {"GB", 1e9}, {"MiB", MiB}, {"MB", 1e6}, {"KiB", KiB}, {"kB", 1e3},
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

// FormatSize writes n in the largest unit that gives a whole number.
func FormatSize(n int64) string {
	for _, u := range sizeUnits {
		if n != 0 && n%u.bytes == 0 {
			return strconv.FormatInt(n/u.bytes, 10) + u.name
		}
	}
	return fmt.Sprintf("%d bytes", n)
}

// Size reads a size from lo to hi bytes.
func Size[T ~int | ~int64](dst *T, lo, hi int64) func(strict.Value) {
	return func(v strict.Value) {
		n, ok := ReadSize(v)
		switch {
		case !ok:
		case n < lo:
			v.Failf("%s is too small (at least %s)", v.Quoted(), FormatSize(lo))
		case n > hi:
			v.Failf("%s is too large (at most %s)", v.Quoted(), FormatSize(hi))
		default:
			*dst = T(n)
		}
	}
}

// ReadSize reads a size of any value.
func ReadSize(v strict.Value) (int64, bool) {
	switch raw := v.Raw.(type) {
	case int64:
		return raw, true
	case string:
		n, msg := parseSize(raw)
		if msg != "" {
			v.Failf("%s %s", strict.Quote(raw), msg)
		}
		return n, msg == ""
	}
	v.Failf("%s, must be a size (%s)", v.Kind(), sizeHint)
	return 0, false
}
