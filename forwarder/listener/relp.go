package listener

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"httpd-syslog/forwarder/relp"
)

// serveRELP takes the messages of a RELP session, and returns why there are no more.
func (c *connection) serveRELP() error {
	h := &relpHandler{c: c, raw: Raw{From: &c.from}}
	h.acknowledger, _ = c.taker.(acknowledger)
	s := relp.NewServer(relpConn{c.Conn, c}, relp.ServerOptions{
		MaxMessage: c.l.o.MaxFrame, MaxFrame: max(4*c.l.o.MaxFrame, leastFrame),
		Buffer: c.l.o.Buffer, Grow: func(size int) bool { return c.l.conns.grow(c, size-c.l.o.Buffer) },
		LastAnswers: lastReads,
	}, h)
	c.begun = s.Begun
	err := s.Serve()
	var broken *relp.FrameError
	if errors.As(err, &broken) {
		c.l.counts.broken.add(c.from.host(), explainRELP(broken))
	}
	c.readAway()
	return err
}

// leastFrame is the announced length, in bytes, that does not end a session, whatever MaxFrame is.
const leastFrame = 1 << 20

// readAway reads what the client has sent behind the end of its session: a close with bytes unread would
// take the last answers away.
func (c *connection) readAway() {
	half, ok := c.stream.(interface{ CloseWrite() error })
	if ok && half.CloseWrite() == nil && c.Conn.SetReadDeadline(time.Now().Add(lastWords)) == nil {
		_, _ = io.CopyN(io.Discard, c.stream, maxReadAway) // the client may have gone
	}
}

// maxReadAway is how many bytes readAway reads at most: more than a window of messages has.
const maxReadAway = 64 << 20

// explainRELP adds to an error what the client may speak instead.
func explainRELP(err *relp.FrameError) error {
	switch {
	case bytes.HasPrefix(err.Near, []byte("\x16\x03")):
		return fmt.Errorf("it speaks TLS: its address here should be relp+tls (%w)", err)
	case bytes.HasPrefix(err.Near, []byte("<")):
		return fmt.Errorf("it sends syslog without RELP: switch it to RELP, or let it send to another address (%w)", err)
	}
	return err
}

// relpHandler gives messages of a RELP session to the taker.
type relpHandler struct {
	c            *connection
	acknowledger acknowledger // nil: what is taken is where it is to be
	raw          Raw
}

// Take gives a message to the taker. A message that the taker does not want for good, since no stream has
// its facility, is answered as taken: it would come again for ever. One that was cut because the connection
// is closed comes again, and whole.
func (h *relpHandler) Take(message []byte, lost int) error {
	if lost != 0 && h.c.l.conns.isClosed(h.c) {
		return relp.ErrUnanswered
	}
	h.c.heard()
	h.raw.Bytes, h.raw.Lost, h.raw.Received = message, lost, h.c.read
	if err := h.c.taker.Take(&h.raw); err != nil {
		return fmt.Errorf("%w: %w", relp.ErrUnanswered, err)
	}
	return nil
}

func (h *relpHandler) Taken() relp.Written {
	if h.acknowledger == nil {
		return nil
	}
	return h.acknowledger.Written()
}

// relpConn is a connection as a RELP session has it. Only reads are the connection's, with deadlines.
type relpConn struct {
	net.Conn
	c *connection
}

func (r relpConn) Read(b []byte) (int, error) { return r.c.Read(b) }

// HasMore reports whether a read returns at once.
func (r relpConn) HasMore() bool { return r.c.ahead.HasMore() }

func (r relpConn) Write(b []byte) (int, error) { return r.c.stream.Write(b) }
