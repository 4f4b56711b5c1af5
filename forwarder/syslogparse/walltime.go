package syslogparse

import (
	"strings"
	"time"
)

// wallTime is a time as senders write it.
type wallTime struct {
	hasYear              bool
	year                 int
	month                time.Month
	day                  int
	hour, minute, second int
	nanos                int
	zone                 *time.Location // nil: there is none
}

// maxFraction is how many digits the fraction of a second has at most.
const maxFraction = 32

// cut cuts a time off the front of b, in one of these forms:
//
//	Oct 11 22:14:15     RFC 3164; with a day of one digit and any case
//	Oct 11 2023 22:14:15, 2023 Oct 11 22:14:15, Oct 11 22:14:15 2023
//	2023-10-11T22:14:15+02:00   RFC 3339; with a space for the T, the zone +0200, +02 or none
//
// each with or without a fraction and a colon behind it; the first three with or without
// the day of the week, the zone UTC, and a mark for a clock that is not set. Behind it there
// is a space, or nothing. rest begins with the space.
func (w *wallTime) cut(b []byte) (rest []byte, ok bool) {
	c := cursor{b}
	if len(b) > len("2006-") && isDigit(b[0]) && b[4] == '-' {
		ok = w.cutDate(&c) && w.cutClock(&c) && w.cutZone(&c)
	} else {
		_ = c.skip('*') || c.skip('.')
		c.weekday()
		ok = w.cutDay(&c) && w.cutClock(&c)
		w.cutBehind(&c)
	}
	c.skip(':')
	return c.b, ok && (len(c.b) == 0 || c.b[0] == ' ') && w.isValid()
}

func (w *wallTime) isValid() bool {
	year := w.year
	if !w.hasYear {
		year = 2000 // which has a 29 February
	}
	return w.month >= time.January && w.month <= time.December && w.day > 0 && w.hour < 24 && w.minute < 60 && w.second <= 60 &&
		time.Date(year, w.month, w.day, 0, 0, 0, 0, time.UTC).Day() == w.day
}

// cutDate cuts a date of RFC 3339 and what stands between it and the clock.
func (w *wallTime) cutDate(c *cursor) bool {
	month := 0
	ok := c.number(&w.year, 4, 4) && c.skip('-') && c.number(&month, 2, 2) && c.skip('-') && c.number(&w.day, 2, 2) &&
		(c.skip('T') || c.skip('t') || c.skip(' '))
	w.hasYear, w.month = true, time.Month(month)
	return ok
}

// cutDay cuts a month and a day, with a year before or behind them or without one.
func (w *wallTime) cutDay(c *cursor) bool {
	w.cutYear(c)
	if len(c.b) < len("Oct ") {
		return false
	}
	w.month = monthOf(c.b[:3])
	c.b = c.b[3:]
	ok := w.month != 0 && c.skip(' ')
	c.skip(' ')
	ok = ok && c.number(&w.day, 1, 2) && c.skip(' ')
	w.cutYear(c)
	return ok
}

// cutYear cuts a year and a space, if they are there and there was none before.
func (w *wallTime) cutYear(c *cursor) {
	if !w.hasYear && isYear(c.b) {
		w.hasYear = c.number(&w.year, 4, 4)
		c.skip(' ')
	}
}

func (w *wallTime) cutClock(c *cursor) bool {
	if !c.number(&w.hour, 1, 2) || !c.skip(':') || !c.number(&w.minute, 2, 2) || !c.skip(':') || !c.number(&w.second, 2, 2) {
		return false
	}
	if !c.skip('.') && !c.skip(',') {
		return true
	}
	digits := 0
	for scale := int(time.Second) / 10; digits < len(c.b) && isDigit(c.b[digits]); scale /= 10 {
		w.nanos += int(c.b[digits]-'0') * scale
		digits++
	}
	c.b = c.b[digits:]
	return 0 < digits && digits <= maxFraction
}

// cutZone cuts a zone of RFC 3339, or one much like it, if there is one.
func (w *wallTime) cutZone(c *cursor) bool {
	if c.skip('Z') || c.skip('z') {
		w.zone = time.UTC
		return true
	}
	if len(c.b) > 0 && (c.b[0] == '+' || c.b[0] == '-') {
		return w.cutOffset(c)
	}
	if apart := *c; apart.skip(' ') && len(apart.b) > 0 && (apart.b[0] == '+' || apart.b[0] == '-') && w.cutOffset(&apart) {
		*c = apart
	}
	return true
}

// cutOffset cuts an offset from UTC: a sign, hours, and minutes or none.
func (w *wallTime) cutOffset(c *cursor) bool {
	sign := 1
	if c.b[0] == '-' {
		sign = -1
	}
	c.b = c.b[1:]
	hours, minutes := 0, 0
	ok := c.number(&hours, 2, 2)
	if c.skip(':') || len(c.b) > 0 && isDigit(c.b[0]) {
		ok = ok && c.number(&minutes, 2, 2)
	}
	if ok = ok && hours < 24 && minutes < 60 && (len(c.b) == 0 || c.b[0] == ' ' || c.b[0] == ':'); ok {
		w.zone = time.FixedZone("", sign*(hours*60+minutes)*60)
	}
	return ok
}

// cutBehind cuts what can stand behind the clock of RFC 3164: a year, a zone.
func (w *wallTime) cutBehind(c *cursor) {
	if behind := *c; !w.hasYear && behind.skip(' ') && isYear(behind.b) {
		w.hasYear = behind.number(&w.year, 4, 4)
		*c = behind
	}
	if behind := *c; behind.skip(' ') && isUTC(behind.b) {
		w.zone, c.b = time.UTC, behind.b[len("UTC"):]
	}
}

// isUTC reports whether b begins with the only zone that has the same name everywhere.
func isUTC(b []byte) bool {
	return len(b) >= 3 && (string(b[:3]) == "UTC" || string(b[:3]) == "GMT") && (len(b) == 3 || b[3] == ' ' || b[3] == ':')
}

// at returns the instant that is meant, when it was received at that time in that zone;
// false: there is none.
func (w *wallTime) at(received time.Time) (time.Time, bool) {
	zone := w.zone
	if zone == nil {
		zone = received.Location()
	}
	nanos := time.Duration(w.nanos)
	if w.hasYear {
		return time.Date(w.year, w.month, w.day, w.hour, w.minute, w.second, 0, zone).Add(nanos), true
	}
	t, ok := nearest(time.Date(0, w.month, w.day, w.hour, w.minute, min(w.second, 59), 0, time.UTC), received.In(zone))
	return t.Add(nanos + time.Duration(w.second-min(w.second, 59))*time.Second), ok
}

// isYear reports whether b begins with a year of our time and a space, or ends with it.
func isYear(b []byte) bool {
	return len(b) >= 4 && isNumber(b[:4]) && (b[0] == '2' && b[1] == '0' || string(b[:2]) == "19" && b[2] >= '7') && (len(b) == 4 || b[4] == ' ')
}

const months = "janfebmaraprmayjunjulaugsepoctnovdec"

// monthOf is the month of that short English name, in any case; 0: there is none.
func monthOf(b []byte) time.Month {
	lower := [3]byte{b[0] | 0x20, b[1] | 0x20, b[2] | 0x20}
	for at := 0; at < len(months); at += 3 {
		if months[at:at+3] == string(lower[:]) {
			return time.Month(at/3 + 1)
		}
	}
	return 0
}

// cursor cuts pieces off the front of b.
type cursor struct{ b []byte }

// skip cuts a byte that is c.
func (c *cursor) skip(b byte) bool {
	if len(c.b) == 0 || c.b[0] != b {
		return false
	}
	c.b = c.b[1:]
	return true
}

// weekday cuts the short English name of a day of the week and a space, if they are there.
func (c *cursor) weekday() {
	if len(c.b) > 4 && c.b[3] == ' ' && strings.Contains("Mon Tue Wed Thu Fri Sat Sun", string(c.b[:3])) {
		c.b = c.b[4:]
	}
}

// number cuts a number of so many digits.
func (c *cursor) number(to *int, least, most int) bool {
	n, digits := 0, 0
	for ; digits < min(most, len(c.b)) && isDigit(c.b[digits]); digits++ {
		n = n*10 + int(c.b[digits]-'0')
	}
	if digits < least {
		return false
	}
	*to, c.b = n, c.b[digits:]
	return true
}
