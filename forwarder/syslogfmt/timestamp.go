package syslogfmt

import "time"

// appendTimestamp appends t as an RFC 5424 TIMESTAMP (6.2.3): microseconds, cut rather than
// rounded, and a numeric offset; "-" where the format cannot say it. It is hand-made because it is
// most of what a new header costs.
func appendTimestamp(dst []byte, t time.Time) []byte {
	offset := zoneOffset(t)
	local := t.Add(time.Duration(offset) * time.Second).UTC()
	year, month, day := local.Date()
	if t.IsZero() || year < 0 || year > 9999 {
		return append(dst, '-')
	}
	hour, minute, second := local.Clock()
	dst = append(append2(append2(dst, year/100), year%100), '-')
	dst = append(append2(dst, int(month)), '-')
	dst = append(append2(dst, day), 'T')
	dst = append(append2(dst, hour), ':')
	dst = append(append2(dst, minute), ':')
	dst = append(append2(dst, second), '.')
	return appendOffset(appendMicroseconds(dst, t), offset)
}

func appendMicroseconds(dst []byte, t time.Time) []byte {
	micro := t.Nanosecond() / 1000
	return append2(append2(append2(dst, micro/10000), micro/100%100), micro%100)
}

// putMicroseconds gives the TIMESTAMP that dst begins with the fraction of t, which is of the same second.
func putMicroseconds(dst []byte, t time.Time) {
	if dst[0] != '-' {
		appendMicroseconds(dst[:len("2006-01-02T15:04:05.")], t)
	}
}

// zoneOffset returns t's offset east of UTC in seconds, whole minutes only and less than a day, as
// TIME-NUMOFFSET has it: local mean times have seconds, time.FixedZone takes anything. The time
// sent stays the same instant.
func zoneOffset(t time.Time) int {
	const day = 24 * 60 * 60
	_, offset := t.Zone()
	if offset <= -day || offset >= day {
		return 0
	}
	return offset - offset%60
}

func appendOffset(dst []byte, seconds int) []byte {
	sign := byte('+')
	if seconds < 0 {
		sign, seconds = '-', -seconds
	}
	dst = append2(append(dst, sign), seconds/3600)
	return append2(append(dst, ':'), seconds/60%60)
}

// append2 appends n, 0 to 99, as two digits.
func append2(dst []byte, n int) []byte {
	return append(dst, byte('0'+n/10), byte('0'+n%10))
}
