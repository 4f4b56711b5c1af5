package config

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
)

const day = 24 * time.Hour

const durationHint = `write a number and a unit: "500ms", "5s", "10m", "2h" or "7d"`

// parseDuration reads what time.ParseDuration reads, except signs, and whole days: "7d".
// The message begins after the quoted value. More days than a Duration holds are as many as it does.
func parseDuration(s string) (d time.Duration, msg string) {
	if count, ok := strings.CutSuffix(s, "d"); ok {
		n, err := strconv.ParseUint(count, 10, 63)
		switch {
		case err != nil && !isRange(err):
			return 0, "is not a whole number of days (" + durationHint + ")"
		case err != nil || n > uint64(math.MaxInt64/day):
			return math.MaxInt64 / day * day, ""
		}
		return time.Duration(n) * day, ""
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

// formatDuration writes d without the zero parts that Duration.String adds.
func formatDuration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = s[:len(s)-2]
	}
	if strings.HasSuffix(s, "h0m") {
		s = s[:len(s)-2]
	}
	return s
}

// duration reads a duration from lo to hi.
func duration(dst *time.Duration, lo, hi time.Duration) func(value) {
	return func(v value) {
		var d time.Duration
		switch {
		case !v.duration(&d):
		case d < lo:
			v.fail("%s is too short (at least %q)", v.quoted(), formatDuration(lo))
		case d > hi:
			v.fail("%s is too long (at most %q)", v.quoted(), formatDuration(hi))
		default:
			*dst = d
		}
	}
}

// duration reads a duration of any length.
func (v value) duration(dst *time.Duration) bool {
	switch raw := v.raw.(type) {
	case string:
		d, msg := parseDuration(raw)
		if msg != "" {
			v.fail("%s %s", quote(raw), msg)
			return false
		}
		*dst = d
		return true
	case int64, float64:
		v.fail("%s has no unit (%s)", v.quoted(), durationHint)
	default:
		v.fail("%s, must be a duration (%s)", v.kind(), durationHint)
	}
	return false
}

func isRange(err error) bool { return errors.Is(err, strconv.ErrRange) }
