package objects

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
	extension = ".log.gz"
	maxHost   = 128
	maxNumber = 999_999_999_999
	maxPrefix = 512
)

var (
	isID = regexp.MustCompile(`^[0-9a-f]{32}$`)
	// isKey has the parts of what stands behind the prefix in a key of ours.
	isKey = regexp.MustCompile(`^([A-Za-z0-9_-][A-Za-z0-9._-]{0,127})/([0-9a-f]{32})/([0-9]{12})\.log\.gz$`)
)

// series is where the objects of one series are.
type series struct{ host, id string }

// seriesOf makes a host safe for keys and for names of files: what is no letter, digit, '.', '_' or '-' becomes '_'. Two
// hosts that become the same are told apart by the ID.
func seriesOf(s transport.Series) (series, error) {
	if !isID.MatchString(s.ID) {
		return series{}, fmt.Errorf("series %q: its ID is not 32 hexadecimal digits", s.ID)
	}
	return series{safeHost(s.Host), s.ID}, nil
}

func safeHost(host string) string {
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

// dir is what the keys of the series begin with, '/' at its end.
func (s series) dir(prefix string) string { return path.Join(prefix, s.host, s.id) + "/" }

func (s series) key(prefix string, number int64) string {
	return fmt.Sprintf("%s%012d%s", s.dir(prefix), number, extension)
}

// parseKey is the series and the number of a key below a prefix; false: it is not one of ours.
func parseKey(prefix, key string) (s series, number int64, ok bool) {
	if prefix != "" {
		if key, ok = strings.CutPrefix(key, prefix+"/"); !ok {
			return series{}, 0, false
		}
	}
	m := isKey.FindStringSubmatch(key)
	if m == nil {
		return series{}, 0, false
	}
	number, err := strconv.ParseInt(m[3], 10, 64)
	return series{m[1], m[2]}, number, err == nil && number > 0
}

// checkPrefix is wrong about a prefix that keys cannot begin with.
func checkPrefix(prefix string) error {
	switch {
	case len(prefix) > maxPrefix:
		return fmt.Errorf("the path has %d bytes, above %d", len(prefix), maxPrefix)
	case prefix != "" && (path.Clean(prefix) != prefix || strings.HasPrefix(prefix, "/") || strings.HasPrefix(prefix, "..")):
		return errors.New("the path has empty parts, or parts that are . or ..")
	}
	for _, c := range []byte(prefix) {
		if c <= ' ' || c > '~' {
			return errors.New("the path has other characters than printable ASCII")
		}
	}
	return nil
}
