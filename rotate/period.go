package rotate

import (
	"fmt"
	"time"
)

// Period is how often a file is rotated by local time. The zero value is Never.
type Period int

// The periods. A day begins at local midnight, or where a change of clock skips midnight, at the
// first instant of the date; a week begins on Monday. An hour that a change of clock repeats is two.
const (
	Never Period = iota
	Hourly
	Daily
	Weekly
)

// String returns the word used in the configuration: never, hourly, daily, weekly.
func (p Period) String() string {
	switch p {
	case Never:
		return "never"
	case Hourly:
		return "hourly"
	case Daily:
		return "daily"
	case Weekly:
		return "weekly"
	}
	return fmt.Sprintf("Period(%d)", int(p))
}

// start returns a number that is the same for two times exactly if they lie in the same period, and
// grows with time. It is made from the calendar and not from durations, since days have 23 to 25
// hours and a midnight may not exist.
func (p Period) start(t time.Time) int64 {
	switch p {
	case Hourly:
		return t.Unix() - int64(t.Minute()*60+t.Second())
	case Daily:
		return dayNumber(t)
	case Weekly:
		return dayNumber(t) - int64(t.Weekday()+6)%7
	}
	return 0
}

// dayNumber counts the days of the local calendar.
func dayNumber(t time.Time) int64 {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400
}
