// Package address knows where to listen: the addresses of listeners, and those at which sockets are bound that
// somebody else has opened.
package address

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// Address is where to listen.
type Address struct {
	Scheme string // "unixgram", "unix", "udp", "tcp", "tls", "relp" or "relp+tls"
	Host   string // name or IP address; empty: every address of the machine
	Port   string
	Path   string // of unix sockets
}

// String returns the URL.
func (a Address) String() string {
	if a.IsUnix() {
		return a.Scheme + "://" + a.Path
	}
	return a.Scheme + "://" + net.JoinHostPort(a.Host, a.Port)
}

// IsUnix reports whether it is in the file system.
func (a Address) IsUnix() bool { return a.Scheme == "unixgram" || a.Scheme == "unix" }

// IsStream reports whether there are connections, and not datagrams alone.
func (a Address) IsStream() bool { return a.Scheme != "unixgram" && a.Scheme != "udp" }

// IsRELP reports whether messages come over RELP.
func (a Address) IsRELP() bool { return a.Scheme == "relp" || a.Scheme == "relp+tls" }

// IsTLS reports whether they come over TLS.
func (a Address) IsTLS() bool { return a.Scheme == "tls" || a.Scheme == "relp+tls" }

// Network is what package net calls the kind of socket.
func (a Address) Network() string {
	if a.IsUnix() || !a.IsStream() {
		return a.Scheme
	}
	return "tcp"
}

// Bare is the address with the scheme that its kind of socket shows.
func (a Address) Bare() Address {
	a.Scheme = a.Network()
	return a
}

// Where is the address in the form that package net takes.
func (a Address) Where() string {
	if a.IsUnix() {
		return a.Path
	}
	return net.JoinHostPort(a.Host, a.Port)
}

// Matches reports whether f is a socket bound to a, so that Open takes it for a. A host that
// is a name matches any address.
func Matches(f *os.File, a Address) bool {
	raw, err := f.SyscallConn()
	if err != nil {
		return false
	}
	matches := false
	err = raw.Control(func(fd uintptr) {
		kind, err1 := unix.GetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_TYPE)
		name, err2 := unix.Getsockname(int(fd))
		matches = err1 == nil && err2 == nil && (kind == unix.SOCK_STREAM) == a.IsStream() && a.is(name)
	})
	return err == nil && matches
}

func (a Address) is(name unix.Sockaddr) bool {
	switch s := name.(type) {
	case *unix.SockaddrUnix:
		return a.IsUnix() && s.Name == a.Path
	case *unix.SockaddrInet4:
		return a.isAt(netip.AddrFrom4(s.Addr), s.Port)
	case *unix.SockaddrInet6:
		return a.isAt(netip.AddrFrom16(s.Addr), s.Port)
	}
	return false
}

func (a Address) isAt(ip netip.Addr, port int) bool {
	if a.IsUnix() || a.Port != strconv.Itoa(port) {
		return false
	}
	if a.Host == "" {
		return ip.IsUnspecified()
	}
	want, err := netip.ParseAddr(a.Host)
	return err != nil || want.Unmap() == ip.Unmap()
}

// Of is where a socket that was handed over is bound.
func Of(f *os.File) (a Address, err error) {
	raw, err := f.SyscallConn()
	if err != nil {
		return a, err
	}
	cerr := raw.Control(func(fd uintptr) { a, err = addressOf(int(fd)) })
	return a, errors.Join(cerr, err)
}

func addressOf(fd int) (Address, error) {
	kind, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TYPE)
	if err != nil {
		return Address{}, err
	}
	name, err := unix.Getsockname(fd)
	if err != nil {
		return Address{}, err
	}
	stream := kind == unix.SOCK_STREAM
	if !stream && kind != unix.SOCK_DGRAM {
		return Address{}, errors.New("neither a datagram socket nor a stream socket")
	}
	switch n := name.(type) {
	case *unix.SockaddrUnix:
		return Address{Scheme: scheme(stream, "unix", "unixgram"), Path: n.Name}, nil
	case *unix.SockaddrInet4:
		return inet(stream, netip.AddrFrom4(n.Addr), n.Port), nil
	case *unix.SockaddrInet6:
		return inet(stream, netip.AddrFrom16(n.Addr), n.Port), nil
	}
	return Address{}, errors.New("neither a unix socket nor one of IP")
}

func scheme(stream bool, streams, datagrams string) string {
	if stream {
		return streams
	}
	return datagrams
}

func inet(stream bool, ip netip.Addr, port int) Address {
	a := Address{Scheme: scheme(stream, "tcp", "udp"), Port: strconv.Itoa(port)}
	if !ip.IsUnspecified() {
		a.Host = ip.Unmap().String()
	}
	return a
}
