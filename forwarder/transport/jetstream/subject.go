package jetstream

import (
	"errors"
	"fmt"
	"strings"

	"httpd-syslog/forwarder/transport"
)

// token is a name as a part of a subject: what has a meaning in one, or is no plain letter, becomes a dash.
func token(name string) string {
	b := []byte(name)
	for i, c := range b {
		if !isPlain(c) {
			b[i] = '-'
		}
	}
	return string(b)
}

func isPlain(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '-' || c == '_'
}

// subjectOf is where the entries of a series are.
func subjectOf(prefix string, s transport.Series) string {
	return prefix + "." + token(s.Host) + "." + token(s.ID)
}

// prefixOf is what the subject of a series begins with.
func prefixOf(subject string) string {
	words := strings.Split(subject, ".")
	return strings.Join(words[:len(words)-2], ".")
}

// checkPrefix returns an error for what cannot be the begin of subjects.
func checkPrefix(prefix string) error {
	for _, part := range strings.Split(prefix, ".") {
		if part == "" || strings.ContainsFunc(part, func(r rune) bool { return r <= ' ' || r >= 0x7f || r == '*' || r == '>' }) {
			return fmt.Errorf("subject %q: it must have words of visible ASCII between dots, without * and >", prefix)
		}
	}
	if strings.HasPrefix(prefix, "$") || strings.HasPrefix(prefix, "_") {
		return fmt.Errorf("subject %q: such names are the server's own", prefix)
	}
	return nil
}

// checkStream returns an error for what cannot be the name of a stream.
func checkStream(name string) error {
	if name == "" {
		return errors.New("stream is not set")
	}
	for _, c := range []byte(name) {
		if !isPlain(c) {
			return fmt.Errorf("stream %q: it must have letters, digits, - and _ alone", name)
		}
	}
	return nil
}
