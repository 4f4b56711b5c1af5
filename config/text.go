package config

import (
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// text reads a string that check finds nothing wrong with; the message begins after the value.
func text(dst *string, check func(string) (msg string)) func(value) {
	return func(v value) {
		s, ok := v.text()
		if !ok {
			return
		}
		if msg := check(s); msg != "" {
			v.fail("%s %s", quote(s), msg)
			return
		}
		*dst = s
	}
}

const maxName = 32

// name reads the name of a stream or relay: it becomes part of file names and of messages.
func name(dst *string) func(value) {
	return text(dst, func(s string) string {
		if s == "" || len(s) > maxName || !plain(s) || s[0] == '.' {
			return "is not a name (1 to 32 of the characters A-Z a-z 0-9 . _ -, not a dot first)"
		}
		return ""
	})
}

const maxHostname = 255 // RFC 5424, 6: HOSTNAME

func hostname(dst *string) func(value) {
	return text(dst, func(s string) string {
		if len(s) > maxHostname || !printable(s) {
			return "is not a host name (at most 255 printable US-ASCII characters without space)"
		}
		return ""
	})
}

const maxUser = 32 // as useradd(8) has it

// checkUser takes what POSIX calls a portable user name, or a number.
func checkUser(s string) string {
	if len(s) > maxUser || !plain(s) || strings.HasPrefix(s, "-") {
		return "is not a user name (at most 32 of the characters A-Z a-z 0-9 . _ -, not a hyphen first)"
	}
	return ""
}

// directory reads an absolute path, and cleans it so that equal directories are equal strings.
func directory(dst *string) func(value) {
	return func(v value) {
		text(dst, checkDirectory)(v)
		*dst = filepath.Clean(*dst)
	}
}

const maxPath = 4095 // PATH_MAX less its NUL

func checkDirectory(s string) string {
	switch {
	case !strings.HasPrefix(s, "/"):
		return "is not an absolute path (begin it with /)"
	case strings.ContainsFunc(s, control):
		return "has control characters (remove them)"
	case len(s) > maxPath:
		return "is too long for a path (at most 4095 bytes)"
	}
	return ""
}

// choice reads one of names, whose index is the value.
func choice[T ~int](dst *T, names []string) func(value) {
	return func(v value) {
		s, ok := v.text()
		if !ok {
			return
		}
		i := slices.Index(names, s)
		if i < 0 {
			v.fail("%s is not known here (use %s)", quote(s), alternatives(names))
			return
		}
		*dst = T(i)
	}
}

// alternatives joins "a", "b" and "c" to "a, b or c".
func alternatives(names []string) string {
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " or " + names[last]
}

// nameOf is the name of a small enumeration's value, its number where it has none.
func nameOf(names []string, i int) string {
	if i < 0 || i >= len(names) {
		return strconv.Itoa(i)
	}
	return names[i]
}

// plain reports whether s has no other characters than those of names.
func plain(s string) bool {
	return !strings.ContainsFunc(s, func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && !strings.ContainsRune("._-", c)
	})
}

// printable reports whether s is all PRINTUSASCII (RFC 5424, 6).
func printable(s string) bool {
	return !strings.ContainsFunc(s, func(c rune) bool { return c < 33 || c > 126 })
}

func control(c rune) bool { return c < 32 || c == 127 }

const maxQuoted = 80

// quote shows a value in a message: on one line, and not at any length.
func quote(s string) string {
	return strconv.Quote(shorten(s, maxQuoted))
}

func shorten(s string, limit int) string {
	if runes := []rune(s); len(runes) > limit {
		return string(runes[:limit]) + "…"
	}
	return s
}
