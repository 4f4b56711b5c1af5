package listener

import (
	"context"
	"net"
	"net/netip"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/localtime"
)

// receiveBuffer is what the kernel is asked to hold of datagrams. Without the
// privilege to ask for more it grants net.core.rmem_max.
const receiveBuffer = 8 << 20

// datagramSocket is a bound socket of datagrams.
type datagramSocket interface {
	// read reads one datagram. whole is false when it did not fit into b; from is
	// invalid on unix sockets.
	read(b []byte) (n int, whole bool, from netip.AddrPort, err error)
	// waiting reports whether there is another one to read.
	waiting() bool
	LocalAddr() net.Addr
	SetReadDeadline(time.Time) error
	Close() error
}

type udpSocket struct {
	*net.UDPConn
	*queue
}

func newUDPSocket(c *net.UDPConn) *udpSocket {
	setReceiveBuffer(c)
	return &udpSocket{c, newQueue(c)}
}

func (s *udpSocket) read(b []byte) (int, bool, netip.AddrPort, error) {
	n, _, flags, from, err := s.ReadMsgUDPAddrPort(b, nil)
	return n, flags&unix.MSG_TRUNC == 0, from, err
}

type unixSocket struct {
	*net.UnixConn
	*queue
}

func newUnixSocket(c *net.UnixConn) *unixSocket {
	setReceiveBuffer(c)
	return &unixSocket{c, newQueue(c)}
}

func (s *unixSocket) read(b []byte) (int, bool, netip.AddrPort, error) {
	n, _, flags, _, err := s.ReadMsgUnix(b, nil)
	return n, flags&unix.MSG_TRUNC == 0, netip.AddrPort{}, err
}

func setReceiveBuffer(c syscall.Conn) {
	raw, err := c.SyscallConn()
	if err != nil {
		return // it is closed
	}
	_ = raw.Control(func(fd uintptr) {
		if unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, receiveBuffer) != nil {
			// What is refused leaves the default, which works too.
			_ = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUF, receiveBuffer)
		}
	})
}

// queue looks at what the kernel holds for a socket.
type queue struct {
	raw  syscall.RawConn
	look func(fd uintptr) // made once, so that looking allocates nothing
	next int              // bytes that can be read; of datagrams, those of the next
}

// newQueue returns nil for a socket that is closed.
func newQueue(c syscall.Conn) *queue {
	raw, err := c.SyscallConn()
	if err != nil {
		return nil
	}
	q := &queue{raw: raw}
	q.look = func(fd uintptr) { q.next, _ = unix.IoctlGetInt(int(fd), unix.TIOCINQ) }
	return q
}

// waiting reports whether there is anything to read. Not for concurrent use.
func (q *queue) waiting() bool { return q.raw.Control(q.look) == nil && q.next > 0 }

// serveDatagrams takes one message a datagram (RFC 5426, 3.1) until ctx ends, and
// then what is in the socket.
func (l *Listener) serveDatagrams(ctx context.Context, sink Sink) error {
	defer context.AfterFunc(ctx, func() { l.packets.SetReadDeadline(time.Now()) })()
	r := &datagramReader{l: l, taker: l.newTaker(sink), buf: make([]byte, l.o.maxFrame())}
	err := r.readAll()
	if ctx.Err() == nil {
		return err
	}
	if l.o.File != nil {
		return nil
	}
	if err := l.removeFile(); err != nil {
		return err
	}
	// Senders that are connected may go on for ever: hence the end.
	for end := time.Now().Add(lastReads); l.packets.waiting() && time.Now().Before(end); {
		l.packets.SetReadDeadline(end)
		if err := r.read(); err != nil {
			break
		}
	}
	return nil
}

// datagramReader reads the datagrams of one socket.
type datagramReader struct {
	l     *Listener
	taker *taker
	buf   []byte
	peer  []byte // scratch
}

func (r *datagramReader) readAll() error {
	for {
		if err := r.read(); err != nil {
			return err
		}
		if !r.l.packets.waiting() {
			r.taker.sink.Flush()
		}
	}
}

func (r *datagramReader) read() error {
	n, whole, from, err := r.l.packets.read(r.buf)
	if err != nil {
		return err
	}
	lost := 0
	if !whole {
		lost = -1
	}
	r.peer = r.peer[:0]
	if from.IsValid() {
		r.peer = from.Addr().Unmap().AppendTo(r.peer)
	}
	r.taker.take(r.buf[:n], r.peer, lost, localtime.Now())
	return nil
}
