package transport

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/syslogfmt"
)

// datagramSession is a session of one datagram for each message.
type datagramSession struct {
	conn   datagramConn
	settle time.Duration

	sent     uint64
	accepted uint64
	recent   sentQueue // sent within settle

	*breakage
}

// datagramConn is what a datagramSession needs of a connected socket.
type datagramConn interface {
	io.ReadWriteCloser
	SetWriteDeadline(t time.Time) error
	RemoteAddr() net.Addr
}

func newDatagramSession(conn datagramConn) *datagramSession {
	return &datagramSession{conn: conn, breakage: newBreakage()}
}

// watch waits for the kernel to tell of a refusal. Datagrams of the peer are thrown away.
func (s *datagramSession) watch() {
	buf := make([]byte, 512)
	for {
		if _, err := s.conn.Read(buf); err != nil {
			s.fail(err)
			return
		}
	}
}

func (s *datagramSession) RemoteAddr() net.Addr { return s.conn.RemoteAddr() }

func (s *datagramSession) Framing() syslogfmt.Framing { return syslogfmt.None }
func (s *datagramSession) Evidence() Evidence         { return NoEvidence }

func (s *datagramSession) Send(b []byte, ends []int, waiting func() error) error {
	from := 0
	for _, end := range ends {
		if err := s.sendOne(b[from:end], waiting); err != nil {
			return err
		}
		s.sent += uint64(end - from)
		from = end
	}
	s.recent.push(sent{s.sent, time.Now()})
	return nil
}

// sendOne sends one message. It waits for a receiver whose queue is full, and cuts a
// message that is too large for the socket until it fits.
func (s *datagramSession) sendOne(m []byte, waiting func() error) error {
	for {
		if err := s.Err(); err != nil {
			return err
		}
		if err := s.conn.SetWriteDeadline(time.Now().Add(sendPatience)); err != nil {
			return err
		}
		_, err := s.conn.Write(m)
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			err = waiting()
		case errors.Is(err, unix.ENOBUFS):
			time.Sleep(time.Millisecond) // nothing tells when there is memory again
			err = waiting()
		case errors.Is(err, unix.EMSGSIZE) && len(m) > 1:
			m = m[:len(m)/2]
			copy(m[max(0, len(m)-len(syslogfmt.CutMarker)):], syslogfmt.CutMarker)
			continue
		default:
			return err
		}
		if err != nil {
			return err
		}
	}
}

func (s *datagramSession) Accepted() uint64 {
	now := time.Now()
	for !s.recent.empty() && now.Sub(s.recent.front().at) >= s.settle && s.Err() == nil {
		s.accepted = s.recent.front().end
		s.recent.pop()
	}
	return s.accepted
}

func (s *datagramSession) Close(context.Context) error {
	err := s.Err()
	s.conn.Close()
	return err
}
