package strict

import (
	"strconv"
	"strings"
)

const maxQuoted = 80

// Quote shows a value in a message: on one line, and not at any length.
func Quote(s string) string {
	return strconv.Quote(shorten(s, maxQuoted))
}

func shorten(s string, limit int) string {
	if runes := []rune(s); len(runes) > limit {
		return string(runes[:limit]) + "…"
	}
	return s
}

// Plain reports whether s has no other characters than A-Z a-z 0-9 . _ and -.
func Plain(s string) bool {
	return !strings.ContainsFunc(s, func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && !strings.ContainsRune("._-", c)
	})
}

// Control reports whether c is a control character of US-ASCII.
func Control(c rune) bool { return c < 32 || c == 127 }
