package cli

import (
	"errors"
	"time"
)

// ParseTime reads a time, or a day of the machine's zone: its begin, or with end that of the day behind it.
func ParseTime(s string, end bool) (time.Time, error) {
	if t, err := time.ParseInLocation("2006-01-02", s, time.Local); err == nil {
		if end {
			t = t.AddDate(0, 0, 1)
		}
		return t, nil
	}
	for _, form := range []string{time.RFC3339, "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02 15:04"} {
		if t, err := time.ParseInLocation(form, s, time.Local); err == nil {
			return t, nil
		}
	}
	return time.Time{}, errors.New("not a time such as 2026-11-27, 2026-11-27T15:04 or 2026-11-27T15:04:05Z")
}
