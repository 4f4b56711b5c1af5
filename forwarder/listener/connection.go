package listener

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"httpd-syslog/forwarder/listener/ahead"
	"httpd-syslog/forwarder/localtime"
	"httpd-syslog/forwarder/syslogfmt"
	"httpd-syslog/forwarder/trust"
)

// firstBuffer is the buffer, in bytes, that a connection begins with, and keeps while its
// messages are no longer.
const firstBuffer = 4 << 10

// connection is an open connection. What cuts it into messages reads from the connection itself, so
// that Read can set deadlines.
type connection struct {
	net.Conn          // the socket's
	stream   net.Conn // what is read from: the socket's, or that of TLS; nil during a handshake
	l        *Listener
	from     Sender
	queue    *ahead.Queue // for the holder of connections.mu; nil: the socket was closed
	own      *ahead.Queue // likewise, for serve
	taker    RawTaker
	flush    flusher     // the taker; nil: it is not one
	begun    func() bool // part of a message has been read
	read     time.Time   // when bytes were read last
	ahead    ahead.Reader

	spoke atomic.Bool  // the peer has sent a whole message
	ours  atomic.Bool  // the next step of its handshake is ours
	quiet atomic.Int64 // when the last whole message came, or else the connection: ns since 1970
	grown int          // bytes of the buffer beyond the first; guarded by connections.mu

	reading

	mu      sync.Mutex // guards what follows, and changes of stream
	stage   stage
	leaving sync.WaitGroup // of the half-close, which begins before the connection is gone, or never
}

// reading is how the goroutine that reads is doing.
type reading struct {
	armed bool // there is a deadline
	whole bool // a message has come since bytes were read last
	late  bool // bytes were waiting when the deadline passed, and it was put off
}

// stage is how far a connection is.
type stage uint8

const (
	serving   stage = iota
	finishing       // what has arrived is read, and nothing more
	gone
)

func (l *Listener) newConnection(conn net.Conn) *connection {
	c := &connection{Conn: conn, l: l, from: senderOver(conn)}
	c.from.Waits, c.from.Repeats = l.o.Address.IsTLS() || l.o.Address.IsRELP(), l.o.Address.IsRELP()
	c.from.leaving = l.leaving
	c.ahead.Pool = &l.buffers
	if l.tls == nil {
		c.stream = conn
	}
	c.ours.Store(l.tls != nil)
	if sc, ok := conn.(syscall.Conn); ok {
		c.queue, c.own = ahead.NewQueue(sc), ahead.NewQueue(sc)
		c.ahead.More = c.more
	}
	c.quiet.Store(time.Now().UnixNano())
	return c
}

// senderOver is who is at the other end of a connection.
func senderOver(conn net.Conn) (s Sender) {
	switch a := conn.RemoteAddr().(type) {
	case *net.TCPAddr:
		s.Addr = a.AddrPort()
	case *net.UnixAddr:
		if a.Name != "@" { // as package net calls those without a name
			s.Path = a.Name
		}
	}
	return s
}

// quietSince is when the connection's last whole message came, or else the connection.
func (c *connection) quietSince() time.Time { return time.Unix(0, c.quiet.Load()) }

// unread reports whether the peer has sent bytes that were not read yet. The caller holds
// connections.mu.
func (c *connection) unread() bool { return c.queue != nil && c.queue.IsWaiting() }

// more is unread for serve, which does not hold the lock. What TLS has read and not handed out yet is
// seen by a read that was full.
func (c *connection) more() bool {
	return c.ahead.HasMore() || c.l.tls != nil && c.ahead.WasFull() || c.own != nil && c.own.IsWaiting()
}

// serve takes messages until the connection ends, from either side.
func (c *connection) serve(open OpenRaw) {
	defer c.bye()
	if c.handshake() != nil {
		return
	}
	c.taker = open(&c.from)
	c.flush, _ = c.taker.(flusher)
	serve := c.serveFrames
	if c.l.o.Address.IsRELP() {
		serve = c.serveRELP
	}
	c.taker.Close(c.ended(serve()))
}

// serveFrames takes messages in the framings of RFC 6587, and returns why there are no more.
func (c *connection) serveFrames() error {
	frames := syslogfmt.NewDeframer(c, c.l.o.MaxFrame)
	frames.CutLong(c.l.o.Buffer, func(size int) bool { return c.l.conns.grow(c, size-c.l.o.Buffer) })
	if !c.l.o.Address.IsUnix() {
		frames.TextNUL(c.more)
	}
	c.begun = frames.Begun
	raw := Raw{From: &c.from}
	for {
		raw.Bytes, raw.Broken = frames.Next()
		raw.Lost, raw.Received = frames.Lost(), c.read
		if raw.Broken != nil && raw.Lost == 0 {
			raw.Lost = -1
		}
		if frames.Framing() == syslogfmt.LF && raw.Lost == 0 {
			raw.Bytes = bytes.TrimSuffix(raw.Bytes, []byte{'\r'})
		}
		if len(raw.Bytes) > 0 {
			if err := c.taker.Take(&raw); err != nil {
				return err
			}
		}
		if raw.Broken != nil {
			return raw.Broken
		}
		c.heard()
	}
}

// heard notes that a whole message has come.
func (c *connection) heard() {
	if !c.whole {
		c.quiet.Store(c.read.UnixNano())
		c.spoke.Store(true)
		c.whole, c.late = true, false
	}
}

// ended counts the end of the connection where the peer has not wanted it. It returns why it has
// ended; nil: as it should.
func (c *connection) ended(err error) error {
	var tooLong *syslogfmt.FrameError
	counts := &c.l.counts
	if fault := trust.ExplainSession(err); fault != nil && c.l.tls != nil {
		counts.faults[trust.Failed].add(c.from.host(), fault)
	}
	switch {
	case errors.As(err, &tooLong):
		counts.lastOversized.Store(&oversized{tooLong.Digits, tooLong.Max, c.from.host()})
		counts.oversized.Add(1)
		counts.closed.Add(1)
	case err == io.EOF, errors.Is(err, os.ErrDeadlineExceeded) && c.isFinishing():
		return nil
	case errors.Is(err, os.ErrDeadlineExceeded):
		counts.closed.Add(1)
	}
	return err
}

// Read reads with a deadline, where a message is due. It flushes first: the reader reads only when
// it has no whole message left.
func (c *connection) Read(b []byte) (int, error) {
	if c.ahead.HasMore() {
		return c.ahead.Rest(b), nil
	}
	if c.flush != nil {
		c.flush.Flush()
	}
	switch due := !c.spoke.Load() || c.begun(); {
	case due && (!c.armed || c.whole):
		c.arm(time.Now().Add(c.l.o.Idle))
	case !due && c.armed:
		c.arm(time.Time{})
	}
	c.whole = false
	n, err := c.ahead.Read(c.stream, b)
	if until, late := c.isLate(err, c.l.o.Idle); late {
		c.arm(until)
		n, err = c.ahead.Read(c.stream, b)
	}
	c.read = localtime.Now()
	return n, err
}

// isLate reports whether a deadline has passed while bytes of the peer wait to be read, and until when it is
// to be put off: it may be this process that was slow, or stood still. It is so once before a message is
// whole, so that bytes alone keep no connection open.
func (c *connection) isLate(err error, by time.Duration) (until time.Time, late bool) {
	if !errors.Is(err, os.ErrDeadlineExceeded) || c.late || c.own == nil || !c.own.IsWaiting() || c.isFinishing() {
		return until, false
	}
	c.late = true
	return time.Now().Add(max(by, leastDelay)), true
}

// leastDelay is how long a deadline is put off at least.
const leastDelay = time.Second

func (c *connection) arm(deadline time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stage == serving {
		c.SetReadDeadline(deadline)
	}
	c.armed = !deadline.IsZero()
}

// finish tells the peer that nothing more will be read, and ends the connection when the bytes
// that have arrived are read. The caller holds connections.mu.
func (c *connection) finish() {
	last := lastReads
	if !c.unread() {
		last /= 4 // for bytes that are just arriving
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stage == gone {
		return
	}
	c.stage = finishing
	if half, ok := c.stream.(interface{ CloseWrite() error }); ok && !c.l.o.Address.IsRELP() { // whose answers are to come
		c.leaving.Go(func() { _ = half.CloseWrite() }) // fails if the peer has gone; that of TLS can wait for the peer
	}
	c.SetReadDeadline(time.Now().Add(last))
}

func (c *connection) isFinishing() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.stage == finishing
}

// bye ends the connection in good order, as far as the peer is there.
func (c *connection) bye() {
	c.ahead.LetGo()
	c.mu.Lock()
	c.stage = gone
	c.mu.Unlock()
	if c.l.tls != nil && c.stream != nil {
		c.stream.Close()
	}
	c.Close()
	c.leaving.Wait()
}
