package transport

import (
	"context"
	"errors"
	"net"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/syslogfmt"
)

// unixTransport is a socket of this machine, such as /dev/log: of datagrams, or
// of a stream where the socket is of that kind, as libc's syslog() finds out.
type unixTransport struct {
	server  Server
	framing syslogfmt.Framing // of a stream
}

func newUnixTransport(s Server, framing syslogfmt.Framing) *unixTransport {
	return &unixTransport{server: s, framing: framing}
}

func (t *unixTransport) Dial(ctx context.Context) (Session, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unixgram", t.server.Path)
	if err == nil {
		return newDatagramSession(conn), nil
	}
	if !errors.Is(err, unix.EPROTOTYPE) {
		return nil, err
	}
	if conn, err = d.DialContext(ctx, "unix", t.server.Path); err != nil {
		return nil, err
	}
	stream, err := newPlainUnix(conn.(*net.UnixConn))
	if err != nil {
		return nil, err
	}
	return newStreamSession(stream, t.framing), nil
}

func (t *unixTransport) Rewinds() bool  { return false }
func (t *unixTransport) BatchSize() int { return 16 << 10 }
func (t *unixTransport) String() string { return t.server.String() }
