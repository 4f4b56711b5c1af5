package receiver

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"path/filepath"

	"httpd-syslog/forwarder/listener"
)

// address is where to listen, under the scheme that was given: unix is a datagram socket here, as
// /dev/log is, and unixstream the other one.
type address struct {
	scheme string
	listener.Address
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
	case "udp", "tcp", "tls", "relp", "relp+tls":
		if u.Port() == "" || u.Path != "" {
			return address{}, fmt.Errorf("%q: want %s://HOST:PORT", rawURL, u.Scheme)
		}
		return address{u.Scheme, listener.Address{Scheme: u.Scheme, Host: u.Hostname(), Port: u.Port()}}, nil
	case "unix", "unixgram", "unixstream":
		if u.Host != "" || !filepath.IsAbs(u.Path) {
			return address{}, fmt.Errorf("%q: want %s:///PATH", rawURL, u.Scheme)
		}
		socket := "unixgram"
		if u.Scheme == "unixstream" {
			socket = "unix"
		}
		return address{u.Scheme, listener.Address{Scheme: socket, Path: u.Path}}, nil
	}
	return address{}, fmt.Errorf("%q: unknown scheme %q (known: udp, tcp, tls, relp, relp+tls, unix, unixgram, unixstream)", rawURL, u.Scheme)
}

// hasConnections reports whether messages come over connections.
func (a address) hasConnections() bool { return a.Scheme != "unixgram" && a.Scheme != "udp" }

// at returns the URL with the port that the kernel has chosen.
func (a address) at(bound net.Addr) string {
	if a.Path != "" {
		return (&url.URL{Scheme: a.scheme, Path: a.Path}).String()
	}
	return a.scheme + "://" + bound.String()
}
