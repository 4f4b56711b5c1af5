package listener

import (
	"errors"
	"net/netip"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// AddressOf is where a socket that was handed over is bound.
func AddressOf(f *os.File) (a Address, err error) {
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
