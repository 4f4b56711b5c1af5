package words

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"httpd-syslog/forwarder/localtime"
)

// Count writes a number with a comma between thousands.
func Count(n uint64) string {
	s := strconv.FormatUint(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Lines writes a number of lines.
func Lines(n uint64) string {
	if n == 1 {
		return "1 line"
	}
	return Count(n) + " lines"
}

// Size writes a number of bytes with two or three digits, in powers of 1000 as the
// configuration has them.
func Size(n int64) string {
	if n < 1000 {
		return fmt.Sprintf("%d B", n)
	}
	v := float64(n)
	unit := ""
	for _, unit = range []string{"kB", "MB", "GB", "TB", "PB"} {
		if v /= 1000; v < 999.5 {
			break
		}
	}
	if v < 9.95 {
		return fmt.Sprintf("%.1f %s", v, unit)
	}
	return fmt.Sprintf("%.0f %s", v, unit)
}

// Rate writes a number for each second, without its unit.
func Rate(v float64) string {
	switch {
	case v <= 0 || math.IsNaN(v):
		return "0"
	case v < .1:
		return "< 0.1"
	case v < 9.95:
		return fmt.Sprintf("%.1f", v)
	}
	return Count(uint64(math.Round(v)))
}

// Delay writes how late something was: to the millisecond below a minute.
func Delay(d time.Duration) string {
	if d = max(0, d); d < time.Minute {
		return d.Round(time.Millisecond).String()
	}
	return Age(d)
}

// Age writes a duration with its two largest units, "0s" when there is none.
func Age(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d < time.Second:
		return "0s"
	case d < time.Minute:
		return fmt.Sprintf("%ds", d/time.Second)
	case d < time.Hour:
		return two(d, time.Minute, "m", time.Second, "s")
	case d < day:
		return two(d, time.Hour, "h", time.Minute, "m")
	}
	return two(d, day, "d", time.Hour, "h")
}

func two(d, large time.Duration, largeName string, small time.Duration, smallName string) string {
	s := fmt.Sprintf("%d%s", d/large, largeName)
	if rest := d % large / small; rest > 0 {
		s += fmt.Sprintf(" %d%s", rest, smallName)
	}
	return s
}

// Clock writes a time as somebody reads it at the time now: the date only where it
// is another one.
func Clock(t, now time.Time) string {
	t, now = t.In(localtime.Zone()), now.In(localtime.Zone())
	if y, m, d := t.Date(); time.Date(y, m, d, 0, 0, 0, 0, now.Location()).Equal(
		time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location())) {
		return t.Format("15:04:05")
	}
	return t.Format("2006-01-02 15:04")
}

// Visible makes one line of a text from elsewhere: what is not a visible character
// or a space becomes \xHH, so that it cannot steer a terminal, and LF becomes "; ".
func Visible(s string) string {
	var b strings.Builder
	s = strings.ReplaceAll(strings.TrimSpace(s), "\n", "; ")
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		if unicode.IsGraphic(r) && (r != utf8.RuneError || size > 1) {
			b.WriteString(s[:size])
		} else {
			for _, c := range []byte(s[:size]) {
				fmt.Fprintf(&b, `\x%02x`, c)
			}
		}
		s = s[size:]
	}
	return b.String()
}
