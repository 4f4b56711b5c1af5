package listener

import (
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	at "httpd-syslog/forwarder/listener/address"
	"httpd-syslog/forwarder/sockfile"
)

// Address is where to listen.
type Address = at.Address

// keepAlive finds dead peers: a connection may be quiet for long, but one whose peer has
// gone is to be closed.
var keepAlive = net.KeepAliveConfig{Enable: true, Idle: time.Minute, Interval: 15 * time.Second, Count: 4}

// bind makes the socket.
func (l *Listener) bind() (err error) {
	a := l.o.Address
	if a.IsUnix() {
		if err := sockfile.ClearStale(a.Scheme, a.Path); err != nil {
			return err
		}
	}
	switch a.Scheme {
	case "udp":
		var where *net.UDPAddr
		if where, err = net.ResolveUDPAddr("udp", a.Where()); err == nil {
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
	case "unix", "tcp", "tls", "relp", "relp+tls":
		err = l.listened(net.Listen(a.Network(), a.Where()))
	default:
		return fmt.Errorf("unknown scheme %q (known: unixgram, unix, udp, tcp, tls, relp, relp+tls)", a.Scheme)
	}
	if err != nil || !a.IsUnix() {
		return err
	}
	return l.ownFile()
}

// listened keeps the socket that package net has made. With an error socket holds a nil
// pointer, which must not become the acceptor: that would not be nil.
func (l *Listener) listened(socket net.Listener, err error) error {
	if err == nil {
		l.streams = socket.(acceptor)
	}
	return err
}

// ownFile gives the socket's entry in the file system its mode, and remembers the entry, so
// that removeFile removes no other.
func (l *Listener) ownFile() (err error) {
	path := l.o.Address.Path
	if u, ok := l.streams.(*net.UnixListener); ok {
		u.SetUnlinkOnClose(false) // package net would remove an entry that is another process's by now
	}
	if l.file, err = sockfile.Of(path); err != nil {
		return err
	}
	return os.Chmod(path, l.o.Mode)
}

// inherit takes over a socket that the service manager has opened.
func (l *Listener) inherit(f *os.File) (err error) {
	if !at.Matches(f, l.o.Address) {
		return errors.New("the inherited socket is another one")
	}
	if l.o.Address.IsStream() {
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

// removeFile removes the socket's entry, so that no sender finds it any more. Where that is not
// possible, as after privileges were dropped, the entry stays, and the next start replaces it.
func (l *Listener) removeFile() { _ = l.file.Remove() }
