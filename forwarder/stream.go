package forwarder

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/syslogfmt"
)

// tcpTransport is RFC 6587: syslog over plain TCP.
type tcpTransport struct {
	server  Server
	framing syslogfmt.Framing
	timeout time.Duration
}

// Dead peers are found by keepalive when idle, and by the user time-out when
// there is something on the way: long enough for a slow reader, for a short
// one turns that into reconnects and repeated lines.
var keepAlive = net.KeepAliveConfig{Enable: true, Idle: 15 * time.Second, Interval: 5 * time.Second, Count: 3}

const userTimeout = 60 * time.Second

func (t *tcpTransport) Dial(ctx context.Context) (session, error) {
	d := net.Dialer{Timeout: t.timeout, KeepAliveConfig: keepAlive, Control: setUserTimeout}
	// A name is looked up at each Dial, so that a server that has moved is found.
	conn, err := d.DialContext(ctx, "tcp", net.JoinHostPort(t.server.Host, t.server.Port))
	if err != nil {
		return nil, err
	}
	return newStreamSession(conn.(*net.TCPConn), t.framing, unacknowledged), nil
}

func setUserTimeout(_, _ string, c syscall.RawConn) error {
	var err error
	cerr := c.Control(func(fd uintptr) {
		err = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(userTimeout/time.Millisecond))
	})
	return errors.Join(cerr, err)
}

func (t *tcpTransport) Rewinds() bool  { return true }
func (t *tcpTransport) BatchSize() int { return 128 << 10 }
func (t *tcpTransport) String() string { return t.server.String() }

// unacknowledged is how many bytes of a TCP socket the peer's kernel has not
// acknowledged (SIOCOUTQ; tcp(7)).
func unacknowledged(c syscall.RawConn) (int, error) {
	var n int
	var err error
	if cerr := c.Control(func(fd uintptr) { n, err = unix.IoctlGetInt(int(fd), unix.SIOCOUTQ) }); cerr != nil {
		return 0, cerr
	}
	return n, err
}

// halfCloser is what TCP and unix stream connections have in common.
type halfCloser interface {
	net.Conn
	syscall.Conn
	CloseWrite() error
}

// streamSession is a session over a byte stream. Its read side is always
// watched, so that a peer that has gone is noticed before the next message is
// sent and not after it.
type streamSession struct {
	conn     halfCloser
	raw      syscall.RawConn
	onTheWay func(syscall.RawConn) (int, error) // nil: what is written is accepted

	sent     uint64
	accepted uint64
	deadline time.Time

	framing syslogfmt.Framing
	*breakage
}

func newStreamSession(conn halfCloser, framing syslogfmt.Framing, onTheWay func(syscall.RawConn) (int, error)) *streamSession {
	raw, err := conn.SyscallConn()
	s := &streamSession{conn: conn, raw: raw, onTheWay: onTheWay, framing: framing, breakage: newBreakage()}
	if err != nil {
		s.fail(err)
	}
	go s.watch()
	return s
}

// watch reads until the peer ends the connection. Syslog over a stream has no
// answers; what comes all the same is thrown away.
func (s *streamSession) watch() {
	buf := make([]byte, 512)
	for {
		if _, err := s.conn.Read(buf); err != nil {
			if err == io.EOF {
				err = errPeerClosed
			}
			s.fail(err)
			return
		}
	}
}

func (s *streamSession) Framing() syslogfmt.Framing { return s.framing }

const sendPatience = time.Second

func (s *streamSession) Send(b []byte, _ []int, waiting func() error) error {
	for len(b) > 0 {
		if now := time.Now(); s.deadline.Sub(now) < sendPatience/2 {
			s.deadline = now.Add(sendPatience)
			if err := s.conn.SetWriteDeadline(s.deadline); err != nil {
				return err
			}
		}
		n, err := s.conn.Write(b)
		s.sent += uint64(n)
		b = b[n:]
		if errors.Is(err, os.ErrDeadlineExceeded) {
			s.deadline = time.Time{}
			err = waiting()
		}
		if err != nil {
			return err
		}
		if err := s.Err(); err != nil {
			return err
		}
	}
	return nil
}

// Accepted asks the kernel only while the connection stands: what a socket that
// was reset says is no longer about the peer.
func (s *streamSession) Accepted() uint64 {
	if s.onTheWay == nil {
		return s.sent
	}
	n, err := s.onTheWay(s.raw)
	if err == nil && s.Err() == nil && uint64(n) <= s.sent {
		s.accepted = max(s.accepted, s.sent-uint64(n))
	}
	return s.accepted
}

// Close says that nothing more will come, and waits for the peer to say the
// same: then it has read everything.
func (s *streamSession) Close(ctx context.Context) error {
	defer s.conn.Close()
	if err := s.Err(); err != nil {
		return err
	}
	if err := s.conn.CloseWrite(); err != nil {
		return err
	}
	select {
	case <-s.Broken():
	case <-ctx.Done():
		return fmt.Errorf("%s has not closed the connection: %w", s.conn.RemoteAddr(), ctx.Err())
	}
	if err := s.Err(); err != errPeerClosed {
		return err
	}
	s.accepted = s.sent
	return nil
}
