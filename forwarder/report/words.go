package report

import (
	"fmt"
	"strings"
	"time"
)

// Count is a number of things in words.
func Count(n uint64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return Group(n) + " " + plural(noun)
}

// plural is a noun, whose first word stays, as several.
func plural(noun string) string {
	first, rest, more := strings.Cut(noun, " of ")
	switch {
	case strings.HasSuffix(first, "y") && !strings.HasSuffix(first, "ay"):
		first = strings.TrimSuffix(first, "y") + "ies"
	case strings.HasSuffix(first, "s") || strings.HasSuffix(first, "ch"):
		first += "es"
	default:
		first += "s"
	}
	if more {
		return first + " of " + rest
	}
	return first
}

// Group writes a number with commas.
func Group(n uint64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// CountAre is a number of things that are.
func CountAre(n uint64, noun string) string { return Count(n, noun) + " " + isAre(n) }

func isAre(n uint64) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

// Lasted is a duration as people read it.
func Lasted(d time.Duration) string {
	if d < time.Minute {
		return d.Round(time.Second).String()
	}
	d = d.Round(time.Minute)
	days, hours, minutes := int(d/(24*time.Hour)), int(d/time.Hour)%24, int(d/time.Minute)%60
	switch {
	case days > 0:
		return fmt.Sprintf("%dd %dh", days, hours)
	case hours > 0:
		return fmt.Sprintf("%dh %dm", hours, minutes)
	}
	return fmt.Sprintf("%dm", minutes)
}
