package transport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"

	"httpd-syslog/forwarder/syslogfmt"
)

// streamBatch is how many bytes to give to one Send over a byte stream, about.
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
// answers; bytes that come all the same are thrown away.
func (s *streamSession) watch() {
	buf := make([]byte, 512)
	for {
		if _, err := s.conn.Read(buf); err != nil {
			if err == io.EOF {
				err = ErrPeerClosed
			}
			s.fail(err)
			return
		}
	}
}

func (s *streamSession) RemoteAddr() net.Addr { return s.conn.RemoteAddr() }

func (s *streamSession) Framing() syslogfmt.Framing { return s.framing }
func (s *streamSession) Evidence() Evidence         { return Standing }

func (s *streamSession) Send(b []byte, _ []int, waiting func() error) error {
	_, err := s.conn.WriteWaiting(b, waiting)
	if err == nil || isFailedWrite(err) {
		if gone := s.Err(); gone != nil {
			return gone // the reason why the peer has gone says more than the failed write
		}
	}
	return err
}

func isFailedWrite(err error) bool {
	_, is := errors.AsType[*net.OpError](err)
	return is
}

// Accepted asks the kernel only while the connection stands, or the peer has ended its side
// alone: what a socket that was reset says is no longer about the peer.
func (s *streamSession) Accepted() uint64 {
	n, err := s.conn.acknowledged()
	gone := s.Err()
	if err == nil && (gone == nil || gone == ErrPeerClosed && s.conn.halfOpen()) { // after the count was read: a reset in between must show
		s.accepted = max(s.accepted, n)
	}
	return s.accepted
}

// Close ends our side of the connection, and waits for the peer to end its side: then the peer has
// read everything.
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
	if err := s.Err(); err != ErrPeerClosed {
		return err
	}
	return nil
}
