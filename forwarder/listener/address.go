package listener

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/sockfile"
)

// Address is where to listen.
type Address struct {
	Scheme string // "unixgram", "unix", "udp" or "tcp"
	Host   string // name or IP address; empty: every address of the machine
	Port   string
	Path   string // of unix sockets
}

// String returns the URL.
func (a Address) String() string {
	if a.isUnix() {
		return a.Scheme + "://" + a.Path
	}
	return a.Scheme + "://" + net.JoinHostPort(a.Host, a.Port)
}

func (a Address) isUnix() bool { return a.Scheme == "unixgram" || a.Scheme == "unix" }

func (a Address) isStream() bool { return a.Scheme == "unix" || a.Scheme == "tcp" }

// where is the address as package net wants it.
func (a Address) where() string {
	if a.isUnix() {
		return a.Path
	}
	return net.JoinHostPort(a.Host, a.Port)
}

// keepAlive finds dead peers: a connection that was quiet for long is no reason to
// close it, one whose peer has gone is.
var keepAlive = net.KeepAliveConfig{Enable: true, Idle: time.Minute, Interval: 15 * time.Second, Count: 4}

// bind makes the socket.
func (l *Listener) bind() (err error) {
	a := l.o.Address
	if a.isUnix() {
		if err := sockfile.ClearStale(a.Scheme, a.Path); err != nil {
			return err
		}
	}
	switch a.Scheme {
	case "udp":
		var where *net.UDPAddr
		if where, err = net.ResolveUDPAddr("udp", a.where()); err == nil {
			var conn *net.UDPConn
			if conn, err = net.ListenUDP("udp", where); err == nil {
				l.packets = newUDPSocket(conn)
			}
		}
	case "unixgram":
		var conn *net.UnixConn
		if conn, err = net.ListenUnixgram(a.Scheme, &net.UnixAddr{Name: a.Path, Net: a.Scheme}); err == nil {
			l.packets = newUnixSocket(conn)
		}
	case "unix", "tcp":
		err = l.listened(net.Listen(a.Scheme, a.where()))
	default:
		return fmt.Errorf("unknown scheme %q (known: unixgram, unix, udp, tcp)", a.Scheme)
	}
	if err != nil || !a.isUnix() {
		return err
	}
	return l.ownFile()
}

// listened takes what package net has made. A nil one is no acceptor.
func (l *Listener) listened(socket net.Listener, err error) error {
	if err == nil {
		l.streams = socket.(acceptor)
	}
	return err
}

// ownFile makes the socket's entry one that everybody may send to.
func (l *Listener) ownFile() (err error) {
	path := l.o.Address.Path
	if u, ok := l.streams.(*net.UnixListener); ok {
		u.SetUnlinkOnClose(false) // it would not look whether the entry is still ours
	}
	if l.file, err = sockfile.Of(path); err != nil {
		return err
	}
	return os.Chmod(path, l.o.Mode)
}

// inherit takes over a socket that is open already.
func (l *Listener) inherit(f *os.File) (err error) {
	if !Matches(f, l.o.Address) {
		return errors.New("the inherited socket is another one")
	}
	if l.o.Address.isStream() {
		return l.listened(net.FileListener(f))
	}
	conn, err := net.FilePacketConn(f)
	if err != nil {
		return err
	}
	if udp, ok := conn.(*net.UDPConn); ok {
		l.packets = newUDPSocket(udp)
	} else {
		l.packets = newUnixSocket(conn.(*net.UnixConn))
	}
	return nil
}

// Matches reports whether f is a socket bound to a: it can be given to Open for it.
// A host that is a name matches any address.
func Matches(f *os.File, a Address) bool {
	raw, err := f.SyscallConn()
	if err != nil {
		return false
	}
	matches := false
	err = raw.Control(func(fd uintptr) {
		kind, err1 := unix.GetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_TYPE)
		name, err2 := unix.Getsockname(int(fd))
		matches = err1 == nil && err2 == nil && (kind == unix.SOCK_STREAM) == a.isStream() && a.is(name)
	})
	return err == nil && matches
}

func (a Address) is(name unix.Sockaddr) bool {
	switch s := name.(type) {
	case *unix.SockaddrUnix:
		return a.isUnix() && s.Name == a.Path
	case *unix.SockaddrInet4:
		return a.isAt(netip.AddrFrom4(s.Addr), s.Port)
	case *unix.SockaddrInet6:
		return a.isAt(netip.AddrFrom16(s.Addr), s.Port)
	}
	return false
}

func (a Address) isAt(ip netip.Addr, port int) bool {
	if a.isUnix() || a.Port != strconv.Itoa(port) {
		return false
	}
	if a.Host == "" {
		return ip.IsUnspecified()
	}
	want, err := netip.ParseAddr(a.Host)
	return err != nil || want.Unmap() == ip.Unmap()
}

// removeFile removes the socket's entry. After privileges were dropped that may be
// forbidden; then it stays, and is replaced at the next start.
func (l *Listener) removeFile() error {
	err := l.file.Remove()
	if errors.Is(err, fs.ErrPermission) {
		return nil
	}
	return err
}
