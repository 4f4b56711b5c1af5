// Package vhost names the files of a stream that has one for each virtual host, and makes their
// directories.
//
// A line's host is its first field (LogFormat "%v …"), which a client can choose where Apache takes
// names as they come. Whatever the field is, its file lies below the log directory, and the file's
// name has no other characters than Append allows.
package vhost

import (
	"bytes"
	"strings"
)

const (
	// Place is what stands in a stream's file name for the virtual host.
	Place = "{vhost}"
	// Other is the host for lines whose host cannot be a directory's name, or comes when MaxFiles
	// hosts have a file already.
	Other = "_other"
	// MaxFiles is how many hosts of a stream have a file, where the configuration does not say.
	MaxFiles = 1000
	// MaxHost is the length of the longest host that has a file of its own, in bytes.
	MaxHost = 64
)

// Name is a stream's file name, around Place.
type Name struct{ before, after string }

// Split returns the Name of a file name; ok: Place is in it.
func Split(file string) (n Name, ok bool) {
	n.before, n.after, ok = strings.Cut(file, Place)
	return n, ok
}

// Of is the file name of a host.
func (n Name) Of(host string) string { return n.before + host + n.after }

// Host is the host of a file name; ok: the name is one of the stream's.
func (n Name) Host(file string) (host string, ok bool) {
	host, before := strings.CutPrefix(file, n.before)
	host, after := strings.CutSuffix(host, n.after)
	return host, before && after && !strings.Contains(host, "/")
}

// Append appends the virtual host that a line begins with, made safe for a directory's name:
// lower case letters, digits, '.', '_' and '-', and no dot at the beginning. It appends MaxHost
// bytes at most.
func Append(dst, line []byte) []byte {
	n := bytes.IndexAny(line[:min(len(line), MaxHost+1)], " \t\n")
	if n < 1 || line[0] == '.' || line[0] == '_' {
		return append(dst, Other...)
	}
	for _, c := range line[:n] {
		switch {
		case 'A' <= c && c <= 'Z':
			c += 'a' - 'A'
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9', c == '.', c == '_', c == '-':
		default:
			return append(dst[:0], Other...)
		}
		dst = append(dst, c)
	}
	return dst
}

// Each calls each with every line of text and its host, which is the first field of the same line of
// raw. It allocates nothing; host is valid until each returns.
func Each(raw, text []byte, each func(host, line []byte)) {
	var buf [MaxHost]byte
	for len(raw) > 0 && len(text) > 0 {
		n, m := lineEnd(raw), lineEnd(text)
		each(Append(buf[:0], raw[:n]), text[:m])
		raw, text = raw[n:], text[m:]
	}
}

// lineEnd is the length of the first line, with its line feed.
func lineEnd(b []byte) int {
	if n := bytes.IndexByte(b, '\n'); n >= 0 {
		return n + 1
	}
	return len(b)
}
