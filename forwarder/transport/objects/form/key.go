package form

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"strconv"
	"strings"

	"httpd-syslog/forwarder/transport"
)

const (
	// Extension ends all keys.
	Extension = ".log.gz"
	// MaxNumber is the greatest number of an object.
	MaxNumber = 999_999_999_999
	maxHost   = 128
	maxPrefix = 512
)

var (
	isID = regexp.MustCompile(`^[0-9a-f]{32}$`)
	// isKey has the parts of what stands behind the prefix in a key of ours.
	isKey = regexp.MustCompile(`^([A-Za-z0-9_-][A-Za-z0-9._-]{0,127})/([0-9a-f]{32})/([0-9]{12})\.log\.gz$`)
)

// Series is where the objects of one series are.
type Series struct{ Host, ID string }

// SeriesOf makes a host safe for keys and for names of files: what is no letter, digit, '.', '_' or '-' becomes '_'. Two
// hosts that become the same are told apart by the ID.
func SeriesOf(s transport.Series) (Series, error) {
	if !isID.MatchString(s.ID) {
		return Series{}, fmt.Errorf("series %q: its ID is not 32 hexadecimal digits", s.ID)
	}
	return Series{SafeHost(s.Host), s.ID}, nil
}

// SafeHost is a host as keys have it.
func SafeHost(host string) string {
	b := []byte(host[:min(len(host), maxHost)])
	for i, c := range b {
		letter := 'a' <= c|0x20 && c|0x20 <= 'z'
		if !letter && (c < '0' || c > '9') && c != '_' && c != '-' && (c != '.' || i == 0) {
			b[i] = '_'
		}
	}
	if len(b) == 0 {
		return "_"
	}
	return string(b)
}

// Dir is what the keys of the series begin with, '/' at its end.
func (s Series) Dir(prefix string) string { return path.Join(prefix, s.Host, s.ID) + "/" }

// Key is that of an object, by its number.
func (s Series) Key(prefix string, number int64) string {
	return fmt.Sprintf("%s%012d%s", s.Dir(prefix), number, Extension)
}

// ParseKey is the series and the number of a key below a prefix; false: it is not one of ours.
func ParseKey(prefix, key string) (s Series, number int64, ok bool) {
	if prefix != "" {
		if key, ok = strings.CutPrefix(key, prefix+"/"); !ok {
			return Series{}, 0, false
		}
	}
	m := isKey.FindStringSubmatch(key)
	if m == nil {
		return Series{}, 0, false
	}
	number, err := strconv.ParseInt(m[3], 10, 64)
	return Series{m[1], m[2]}, number, err == nil && number > 0
}

// CheckPrefix is wrong about a prefix that keys cannot begin with.
func CheckPrefix(prefix string) error {
	switch {
	case len(prefix) > maxPrefix:
		return fmt.Errorf("the path has %d bytes, above %d", len(prefix), maxPrefix)
	case prefix != "" && (path.Clean(prefix) != prefix || prefix == "." || strings.HasPrefix(prefix, "/") || strings.HasPrefix(prefix, "..")):
		return errors.New("no key begins with a path that has empty parts, or . or .. among them")
	}
	for _, c := range []byte(prefix) {
		if c <= ' ' || c > '~' {
			return errors.New("the path has other characters than printable ASCII")
		}
	}
	return nil
}
