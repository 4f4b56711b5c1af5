package config

import (
	"path/filepath"
	"strconv"
	"strings"

	"httpd-syslog/config/strict"
)

const maxName = 32

// name reads the name of a stream or relay: it becomes part of file names and of messages.
func name(dst *string) func(strict.Value) {
	return strict.Text(dst, func(s string) string {
		if s == "" || len(s) > maxName || !strict.Plain(s) || s[0] == '.' {
			return "is not a name (1 to 32 of the characters A-Z a-z 0-9 . _ -, not a dot first)"
		}
		return ""
	})
}

const maxHostname = 255 // RFC 5424, 6: HOSTNAME

func hostname(dst *string) func(strict.Value) {
	return strict.Text(dst, func(s string) string {
		if len(s) > maxHostname || !printable(s) {
			return "is not a host name (at most 255 printable US-ASCII characters without space)"
		}
		return ""
	})
}

const maxUser = 32 // as useradd(8) has it

// checkUser takes what POSIX calls a portable user name, or a number.
func checkUser(s string) string {
	if len(s) > maxUser || !strict.Plain(s) || strings.HasPrefix(s, "-") {
		return "is not a user name (at most 32 of the characters A-Z a-z 0-9 . _ -, not a hyphen first)"
	}
	return ""
}

// directory reads an absolute path, and cleans it so that equal directories are equal strings.
func directory(dst *string) func(strict.Value) {
	return func(v strict.Value) {
		strict.Text(dst, checkDirectory)(v)
		*dst = filepath.Clean(*dst)
	}
}

const maxPath = 4095 // PATH_MAX less its NUL

func checkDirectory(s string) string {
	switch {
	case !strings.HasPrefix(s, "/"):
		return "is not an absolute path (begin it with /)"
	case strings.ContainsFunc(s, strict.Control):
		return "has control characters (remove them)"
	case len(s) > maxPath:
		return "is too long for a path (at most 4095 bytes)"
	}
	return ""
}

// nameOf is the name of a small enumeration's value, its number where it has none.
func nameOf(names []string, i int) string {
	if i < 0 || i >= len(names) {
		return strconv.Itoa(i)
	}
	return names[i]
}

// printable reports whether s is all PRINTUSASCII (RFC 5424, 6).
func printable(s string) bool {
	return !strings.ContainsFunc(s, func(c rune) bool { return c < 33 || c > 126 })
}
