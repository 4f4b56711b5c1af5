package unit

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"

	"httpd-syslog/config/strict"
)

// Day is a day of 24 hours.
const Day = 24 * time.Hour

const durationHint = `write a number and a unit: "500ms", "5s", "10m", "2h" or "7d"`

// parseDuration reads what time.ParseDuration reads, except signs, and whole days: "7d".
// The message begins after the quoted value. More days than a Duration holds are as many as it does.
func parseDuration(s string) (d time.Duration, msg string) {
	if count, ok := strings.CutSuffix(s, "d"); ok {
		n, err := strconv.ParseUint(count, 10, 63)
		switch {
		case err != nil && !isRange(err):
			return 0, "is not a whole number of days (" + durationHint + ")"
		case err != nil || n > uint64(math.MaxInt64/Day):
			return math.MaxInt64 / Day * Day, ""
		}
		return time.Duration(n) * Day, ""
	}
	if strings.HasPrefix(s, "-") {
		return 0, "is negative (" + durationHint + ")"
	}
	if s != "0" && s != "" && strings.Trim(s, "0123456789.") == "" {
		return 0, "has no unit (" + durationHint + ")"
	}
	d, err := time.ParseDuration(s)
	if err != nil || strings.HasPrefix(s, "+") {
		return 0, "is not a duration (" + durationHint + ")"
	}
	return d, ""
}

// FormatDuration writes d without the zero parts that Duration.String adds.
func FormatDuration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = s[:len(s)-2]
	}
	if strings.HasSuffix(s, "h0m") {
		s = s[:len(s)-2]
	}
	return s
}

// Duration reads a duration from lo to hi.
func Duration(dst *time.Duration, lo, hi time.Duration) func(strict.Value) {
	return func(v strict.Value) {
		var d time.Duration
		switch {
		case !ReadDuration(v, &d):
		case d < lo:
			v.Failf("%s is too short (at least %q)", v.Quoted(), FormatDuration(lo))
		case d > hi:
			v.Failf("%s is too long (at most %q)", v.Quoted(), FormatDuration(hi))
		default:
			*dst = d
		}
	}
}

// ReadDuration reads a duration of any length.
func ReadDuration(v strict.Value, dst *time.Duration) bool {
	switch raw := v.Raw.(type) {
	case string:
		d, msg := parseDuration(raw)
		if msg != "" {
			v.Failf("%s %s", strict.Quote(raw), msg)
			return false
		}
		*dst = d
		return true
	case int64, float64:
		v.Failf("%s has no unit (%s)", v.Quoted(), durationHint)
	default:
		v.Failf("%s, must be a duration (%s)", v.Kind(), durationHint)
	}
	return false
}

func isRange(err error) bool { return errors.Is(err, strconv.ErrRange) }
