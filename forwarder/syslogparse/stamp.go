package syslogparse

import "time"

// stampCache parses times of RFC 3164, and remembers the last: many messages are
// of one second.
type stampCache struct {
	stamp    [len(time.Stamp)]byte
	time     time.Time
	received time.Time
}

// sameFor is how long a stamp means the same instant. Its year is the nearest one,
// and so could become another.
const sameFor = time.Minute

func (c *stampCache) parse(b []byte, received time.Time) (time.Time, bool) {
	if string(b) == string(c.stamp[:]) && received.Sub(c.received).Abs() < sameFor && received.Location() == c.received.Location() {
		return c.time, true
	}
	t, ok := parseStamp(b)
	if ok {
		t, ok = nearest(t, received)
	}
	if !ok {
		return t, false
	}
	copy(c.stamp[:], b)
	c.time, c.received = t, received
	return t, true
}

// parseStamp parses "Mmm dd hh:mm:ss", in the year 0, which is a leap year.
func parseStamp(b []byte) (t time.Time, ok bool) {
	if len(b) != len(time.Stamp) || b[3] != ' ' || b[6] != ' ' || b[9] != ':' || b[12] != ':' {
		return t, false
	}
	month := monthOf(b[:3])
	day, ok1 := twoDigits(b[4], b[5])
	if b[4] == ' ' {
		day, ok1 = twoDigits('0', b[5])
	}
	hour, ok2 := twoDigits(b[7], b[8])
	minute, ok3 := twoDigits(b[10], b[11])
	second, ok4 := twoDigits(b[13], b[14])
	if month == 0 || !ok1 || !ok2 || !ok3 || !ok4 || hour > 23 || minute > 59 || second > 59 {
		return t, false
	}
	t = time.Date(0, month, day, hour, minute, second, 0, time.UTC)
	return t, t.Day() == day // there is such a day
}

func twoDigits(a, b byte) (int, bool) {
	return int(a-'0')*10 + int(b-'0'), isDigit(a) && isDigit(b)
}

const (
	// ahead is how much later than its receipt a message without a year may be: clocks
	// differ, and so do zones that nobody wrote down. A later one is of a year before.
	ahead = 24 * time.Hour
	// leapYears is within how many years there is a 29 February.
	leapYears = 8
)

// nearest gives a time without a year or a zone received's zone, and of the instants
// that it can mean the one nearest to received of those not later than ahead: a message
// of 31 December may arrive on 1 January, and there are two of each time in the hour
// after summer time. false: there is none.
func nearest(t, received time.Time) (time.Time, bool) {
	const aChange = 3 * time.Hour
	for year := received.Year() + 1; year >= received.Year()-leapYears; year-- {
		wall := t.AddDate(year, 0, 0)
		if wall.Day() != t.Day() {
			continue // there is no 29 February in that year
		}
		var best time.Time
		for _, near := range [...]time.Time{received, received.Add(-aChange), received.Add(aChange)} {
			if c := atOffsetOf(near, wall); best.IsZero() || c.Sub(received).Abs() < best.Sub(received).Abs() {
				best = c
			}
		}
		if best.Sub(received) <= ahead {
			return best, true
		}
	}
	return time.Time{}, false
}

// atOffsetOf is the instant of a wall-clock time in the zone of t, where its offset is
// that at t if there is such a time.
func atOffsetOf(t, wall time.Time) time.Time {
	_, offset := t.Zone()
	c := wall.Add(-time.Duration(offset) * time.Second).In(t.Location())
	if c.Hour() == wall.Hour() {
		return c
	}
	return time.Date(wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute(), wall.Second(), 0, t.Location())
}
