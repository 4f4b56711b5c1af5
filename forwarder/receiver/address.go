package receiver

import (
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
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
