package receiver

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"syscall"
)

// udpReadBuffer is what we ask the kernel for; it grants at most net.core.rmem_max.
const udpReadBuffer = 8 << 20

// address is a parsed URL to listen on.
type address struct {
	scheme  string // as given
	network string // as package net names it
	where   string // HOST:PORT or the path
}

// ErrAddress: the URL to listen on is none.
var ErrAddress = errors.New("listen")

func parseAddress(rawURL string) (address, error) {
	u, err := url.Parse(rawURL)
	if err != nil {
		return address{}, err
	}
	if u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Opaque != "" {
		return address{}, fmt.Errorf("%q: only SCHEME://HOST:PORT or SCHEME:///PATH is understood", rawURL)
	}
	switch u.Scheme {
	case "udp", "tcp", "relp":
		if u.Port() == "" || u.Path != "" {
			return address{}, fmt.Errorf("%q: want %s://HOST:PORT", rawURL, u.Scheme)
		}
		network := u.Scheme
		if network == "relp" {
			network = "tcp"
		}
		return address{u.Scheme, network, u.Host}, nil
	case "unix", "unixgram", "unixstream":
		if u.Host != "" || !filepath.IsAbs(u.Path) {
			return address{}, fmt.Errorf("%q: want %s:///PATH", rawURL, u.Scheme)
		}
		network := "unixgram"
		if u.Scheme == "unixstream" {
			network = "unix"
		}
		return address{u.Scheme, network, u.Path}, nil
	}
	return address{}, fmt.Errorf("%q: unknown scheme %q (known: udp, tcp, relp, unix, unixgram, unixstream)", rawURL, u.Scheme)
}

// String returns the URL.
func (a address) String() string {
	if a.isUnix() {
		return (&url.URL{Scheme: a.scheme, Path: a.where}).String()
	}
	return a.scheme + "://" + a.where
}

func (a address) isUnix() bool { return a.network == "unix" || a.network == "unixgram" }

// socketFile is a unix socket's entry in the file system.
type socketFile struct {
	path string
	info fs.FileInfo
}

// remove removes the entry, unless another has taken its place.
func (s *socketFile) remove() error {
	if s == nil {
		return nil
	}
	if now, err := os.Lstat(s.path); err != nil || !os.SameFile(now, s.info) {
		return nil
	}
	return os.Remove(s.path)
}

// clearStale removes a socket nobody listens on from the path of a. It is an error when somebody
// does, and when the path is anything else than a socket. Two starts at the same instant may both
// find the same stale one; the later wins.
func clearStale(a address) error {
	info, err := os.Lstat(a.where)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.Mode().Type() != fs.ModeSocket {
		return fmt.Errorf("%s exists and is not a socket (%s)", a.where, info.Mode())
	}
	conn, err := net.Dial(a.network, a.where)
	switch {
	case err == nil:
		conn.Close()
		return fmt.Errorf("%s is in use: another process listens on it", a.where)
	case errors.Is(err, syscall.EPROTOTYPE):
		return fmt.Errorf("%s is in use: another process listens on it, with another kind of socket", a.where)
	case !errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Errorf("%s exists, and whether it is in use cannot be told: %w", a.where, err)
	}
	return os.Remove(a.where)
}
