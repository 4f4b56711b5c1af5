package listener

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/localtime"
	"httpd-syslog/forwarder/syslogfmt"
)

// firstBuffer is that of a connection that sends messages of the usual length, or
// none.
const firstBuffer = 4 << 10

// backoffs of accepting, when there are no descriptors left.
const (
	backoffMin = 5 * time.Millisecond
	backoffMax = time.Second
)

// acceptor is a listening socket.
type acceptor interface {
	net.Listener
	SetDeadline(time.Time) error
}

// serveStreams accepts connections until ctx ends, then those that wait, and lets all
// come to an end.
func (l *Listener) serveStreams(ctx context.Context, sink Sink) error {
	defer context.AfterFunc(ctx, func() { l.streams.SetDeadline(time.Now()) })()
	var serving sync.WaitGroup
	defer serving.Wait()
	defer l.conns.finishAll()
	var backoff time.Duration
	for {
		conn, err := l.streams.Accept()
		switch {
		case err == nil:
			backoff = 0
			l.accepted(ctx, conn, sink, &serving)
		case ctx.Err() != nil:
			return l.acceptLast(sink, &serving)
		case isPassing(err):
			if backoff == 0 {
				l.o.Event(syslogfmt.Err, fmt.Sprintf("listener %s: %v", l.o.Address, err))
			}
			l.conns.makeRoom()
			backoff = min(max(2*backoff, backoffMin), backoffMax)
			pause(ctx, backoff)
		default:
			return err
		}
	}
}

// acceptLast accepts the connections that wait in the kernel: they may have sent
// something. Those to a socket that was inherited are the next process's.
func (l *Listener) acceptLast(sink Sink, serving *sync.WaitGroup) error {
	if l.o.File != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), lastReads)
	defer cancel()
	err := l.removeFile()
	l.conns.finishAll() // which makes room
	for ctx.Err() == nil {
		const anyMore = 10 * time.Millisecond
		l.streams.SetDeadline(time.Now().Add(anyMore))
		conn, none := l.streams.Accept()
		if none != nil {
			break
		}
		l.accepted(ctx, conn, sink, serving)
	}
	return err
}

// isPassing: others must end first, or the peer has gone before it was accepted.
func isPassing(err error) bool {
	for _, passing := range []error{unix.EMFILE, unix.ENFILE, unix.ENOBUFS, unix.ENOMEM, unix.ECONNABORTED, unix.EPROTO} {
		if errors.Is(err, passing) {
			return true
		}
	}
	return false
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

func (l *Listener) accepted(ctx context.Context, conn net.Conn, sink Sink, serving *sync.WaitGroup) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetKeepAliveConfig(keepAlive) // without it, idle peers that have gone stay longer
	}
	c := l.newConnection(conn, sink)
	added, again := l.conns.add(c)
	for again > 0 && ctx.Err() == nil {
		pause(ctx, again)
		added, again = l.conns.add(c)
	}
	if !added {
		l.counts.turnedAway.Add(1)
		conn.Close()
		return
	}
	serving.Go(func() {
		defer l.conns.remove(c)
		c.serve()
	})
}

// connection is one that is open. It is its own reader, for the sake of its
// deadlines.
type connection struct {
	net.Conn
	counts *counts
	idle   time.Duration
	queue  *queue // for the holder of the connections' lock; nil: it cannot be looked into
	own    *queue // the same for serve
	frames *syslogfmt.Deframer
	taker  *taker
	peer   []byte // its address, without the port

	spoke atomic.Bool  // it has sent a whole message
	quiet atomic.Int64 // when the last of these came, or the connection: ns since 1970
	grown int          // bytes of its buffer beyond the first; guarded by connections.mu

	armed bool // there is a deadline
	whole bool // a message has come since it was set

	mu        sync.Mutex
	finishing bool
}

func (l *Listener) newConnection(conn net.Conn, sink Sink) *connection {
	c := &connection{Conn: conn, counts: &l.counts, idle: l.o.Idle, taker: l.newTaker(sink)}
	if a, err := netip.ParseAddrPort(conn.RemoteAddr().String()); err == nil {
		c.peer = a.Addr().Unmap().AppendTo(nil)
	}
	if sc, ok := conn.(syscall.Conn); ok {
		c.queue, c.own = newQueue(sc), newQueue(sc)
	}
	c.quiet.Store(time.Now().UnixNano())
	c.frames = syslogfmt.NewDeframer(c, l.o.maxFrame())
	c.frames.CutLong(firstBuffer, func(size int) bool { return l.conns.grow(c, size-firstBuffer) })
	if c.taker.network {
		c.frames.TextNUL(c.more)
	}
	return c
}

// quietSince is when the connection's last whole message came, or it itself.
func (c *connection) quietSince() time.Time { return time.Unix(0, c.quiet.Load()) }

// unread reports whether the peer has sent what was not read yet. The caller holds the
// lock of the connections.
func (c *connection) unread() bool { return c.queue != nil && c.queue.waiting() }

// more reports whether the peer has sent what was not read yet, to serve.
func (c *connection) more() bool { return c.own != nil && c.own.waiting() }

// serve takes messages until the connection ends, from either side.
func (c *connection) serve() {
	for {
		frame, err := c.frames.Next()
		now := localtime.Now()
		lost := c.frames.Lost()
		if err != nil && lost == 0 {
			lost = -1
		}
		if c.frames.Framing() == syslogfmt.LF && lost == 0 {
			frame = bytes.TrimSuffix(frame, []byte{'\r'})
		}
		if len(frame) > 0 {
			c.taker.take(frame, c.peer, lost, now)
		}
		if err != nil {
			c.broken(err)
			c.taker.sink.Flush()
			return
		}
		c.quiet.Store(now.UnixNano())
		c.spoke.Store(true)
		c.whole = true
	}
}

// broken counts why the connection ends, where that is not the peer's will.
func (c *connection) broken(err error) {
	var tooLong *syslogfmt.FrameError
	switch {
	case errors.As(err, &tooLong):
		c.counts.lastOversized.Store(&oversized{tooLong.Digits, tooLong.Max, string(c.peer)})
		c.counts.oversized.Add(1)
		c.counts.closed.Add(1)
	case errors.Is(err, os.ErrDeadlineExceeded) && !c.isFinishing():
		c.counts.closed.Add(1)
	}
}

// Read reads with a deadline, where a message is due. What was taken before is
// flushed: a whole frame would not need a read.
func (c *connection) Read(b []byte) (int, error) {
	c.taker.sink.Flush()
	switch due := !c.spoke.Load() || c.frames.Begun(); {
	case due && (!c.armed || c.whole):
		c.arm(time.Now().Add(c.idle))
	case !due && c.armed:
		c.arm(time.Time{})
	}
	c.whole = false
	return c.Conn.Read(b)
}

func (c *connection) arm(deadline time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.finishing {
		c.SetReadDeadline(deadline)
	}
	c.armed = !deadline.IsZero()
}

// finish tells the peer that nothing more is wanted, and ends the connection when
// what is there is read. The caller holds the lock of the connections.
func (c *connection) finish() {
	last := lastReads / 4 // for what is just coming
	if c.unread() {
		last = lastReads
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.finishing = true
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite() // a peer that has gone is none to tell
	}
	c.SetReadDeadline(time.Now().Add(last))
}

func (c *connection) isFinishing() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.finishing
}
