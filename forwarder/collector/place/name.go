package place

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"httpd-syslog/forwarder/collector/pattern"
)

const (
	// MaxName is the greatest length of a safe name in bytes.
	MaxName = 64
	// None is the name of what has none.
	None = "_"

	digestLen = len("-") + 16
)

// AppendName appends a name as a safe one. It allocates only for a name that is not safe.
func AppendName(dst, name []byte) []byte {
	if len(name) == 0 {
		return append(dst, None...)
	}
	if isSafe(name) && !endsWithDigest(name) {
		return append(dst, name...)
	}
	sum := sha256.Sum256(name)
	for i, c := range name[:min(len(name), MaxName-digestLen)] {
		switch {
		case 'A' <= c && c <= 'Z':
			c |= 0x20
		case !pattern.IsNameByte(c), i == 0 && !pattern.IsFirst(c):
			c = '_'
		}
		dst = append(dst, c)
	}
	dst = append(dst, '-')
	return hex.AppendEncode(dst, sum[:8])
}

// Name is a name as a safe one.
func Name(name string) string { return string(AppendName(nil, []byte(name))) }

// isSafe reports whether a name can be part of a path as it is.
func isSafe(name []byte) bool {
	if len(name) > MaxName || !pattern.IsFirst(name[0]) {
		return false
	}
	for _, c := range name {
		if !pattern.IsNameByte(c) {
			return false
		}
	}
	return true
}

// endsWithDigest reports whether a name ends as one that was made safe.
func endsWithDigest(name []byte) bool {
	at := len(name) - digestLen
	if at < 0 || name[at] != '-' {
		return false
	}
	for _, c := range name[at+1:] {
		if strings.IndexByte("0123456789abcdef", c) < 0 {
			return false
		}
	}
	return true
}
