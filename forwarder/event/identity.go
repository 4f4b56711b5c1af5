package event

import "strings"

// IsIdentity reports whether a text is the identity of an incident as this program makes them: a writer in 16
// hexadecimal digits, a dot, and a number. Another one is not ours, and nobody should put it into a command.
func IsIdentity(s string) bool {
	writer, number, ok := strings.Cut(s, ".")
	return ok && len(writer) == 16 && strings.Trim(writer, "0123456789abcdef") == "" &&
		len(number) > 0 && len(number) <= 20 && strings.Trim(number, "0123456789") == ""
}
