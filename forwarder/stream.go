package forwarder

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"httpd-syslog/forwarder/syslogfmt"
)

// tcpTransport is RFC 6587: syslog over plain TCP.
type tcpTransport struct {
	server  Server
	framing syslogfmt.Framing
	timeout time.Duration // of connecting
}

func (t *tcpTransport) Dial(ctx context.Context) (session, error) {
	ctx, cancel := context.WithTimeout(ctx, t.timeout)
	defer cancel()
	tcp, err := dialTCP(ctx, t.server)
	if err != nil {
		return nil, err
	}
	conn, err := newPlainTCP(tcp)
	if err != nil {
		return nil, err
	}
	return newStreamSession(conn, t.framing), nil
}

func (t *tcpTransport) Rewinds() bool  { return true }
func (t *tcpTransport) BatchSize() int { return streamBatch }
func (t *tcpTransport) String() string { return t.server.String() }

const streamBatch = 128 << 10

// streamSession is a session over a byte stream. Its read side is always
// watched, so that a peer that has gone is noticed before the next message is
// sent and not after it.
type streamSession struct {
	conn     streamConn
	framing  syslogfmt.Framing
	accepted uint64
	*breakage
}

func newStreamSession(conn streamConn, framing syslogfmt.Framing) *streamSession {
	s := &streamSession{conn: conn, framing: framing, breakage: newBreakage()}
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

func (s *streamSession) RemoteAddr() net.Addr { return s.conn.RemoteAddr() }

func (s *streamSession) Framing() syslogfmt.Framing { return s.framing }
func (s *streamSession) Evidence() evidence         { return standing }

func (s *streamSession) Send(b []byte, _ []int, waiting func() error) error {
	_, err := s.conn.WriteWaiting(b, waiting)
	var failed *net.OpError
	if err == nil || errors.As(err, &failed) {
		if gone := s.Err(); gone != nil {
			return gone // it says more: a write's failure is but its consequence
		}
	}
	return err
}

// Accepted asks the kernel only while the connection stands, or the peer has ended its side
// alone: what a socket that was reset says is no longer about the peer.
func (s *streamSession) Accepted() uint64 {
	n, err := s.conn.acknowledged()
	gone := s.Err()
	if err == nil && (gone == nil || gone == errPeerClosed && s.conn.halfOpen()) { // asked after the other question
		s.accepted = max(s.accepted, n)
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
	if ctx.Err() != nil {
		return ctx.Err()
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
	return nil
}
