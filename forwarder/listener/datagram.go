package listener

import (
	"context"
	"net"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/listener/ahead"
	"httpd-syslog/forwarder/localtime"
)

// receiveBuffer is how many bytes of datagrams the kernel is asked to hold. Without
// privileges it grants net.core.rmem_max at most.
const receiveBuffer = 8 << 20

// datagramSocket is a bound socket of datagrams.
type datagramSocket interface {
	// read reads one datagram, and notes who has sent it. whole is false when it did not fit into b.
	read(b []byte, from *Sender) (n int, whole bool, err error)
	// IsWaiting reports whether there is another one to read.
	IsWaiting() bool
	LocalAddr() net.Addr
	SetReadDeadline(time.Time) error
	Close() error
}

type udpSocket struct {
	*net.UDPConn
	*ahead.Queue
}

func newUDPSocket(c *net.UDPConn) *udpSocket {
	setReceiveBuffer(c)
	return &udpSocket{c, ahead.NewQueue(c)}
}

func (s *udpSocket) read(b []byte, from *Sender) (int, bool, error) {
	n, _, flags, addr, err := s.ReadMsgUDPAddrPort(b, nil)
	from.Addr = addr
	return n, flags&unix.MSG_TRUNC == 0, err
}

type unixSocket struct {
	*net.UnixConn
	*ahead.Queue
}

func newUnixSocket(c *net.UnixConn) *unixSocket {
	setReceiveBuffer(c)
	return &unixSocket{c, ahead.NewQueue(c)}
}

func (s *unixSocket) read(b []byte, from *Sender) (int, bool, error) {
	n, _, flags, addr, err := s.ReadMsgUnix(b, nil)
	if from.Path = ""; addr != nil {
		from.Path = addr.Name
	}
	return n, flags&unix.MSG_TRUNC == 0, err
}

func setReceiveBuffer(c syscall.Conn) {
	raw, err := c.SyscallConn()
	if err != nil {
		return // the socket is closed
	}
	_ = raw.Control(func(fd uintptr) {
		if unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, receiveBuffer) != nil {
			// Where that is refused too the default stays, which works.
			_ = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUF, receiveBuffer)
		}
	})
}

// serveDatagrams takes one message from each datagram (RFC 5426, 3.1) until ctx ends, and
// then the datagrams that are in the socket, for lastReads at most.
func (l *Listener) serveDatagrams(ctx context.Context, open OpenRaw) error {
	defer context.AfterFunc(ctx, func() { l.packets.SetReadDeadline(time.Now()) })()
	r := &datagramReader{l: l, buf: make([]byte, l.o.MaxFrame)}
	r.taker = open(&r.from)
	err := r.readAll()
	defer func() { r.taker.Close(err) }()
	if ctx.Err() == nil {
		return err
	}
	if err = nil; l.o.File != nil {
		return nil
	}
	l.removeFile()
	// Senders may go on for ever: hence the deadline.
	for end := time.Now().Add(lastReads); l.packets.IsWaiting() && time.Now().Before(end); {
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
	taker RawTaker
	buf   []byte
	from  Sender
	raw   Raw // scratch
}

func (r *datagramReader) readAll() error {
	f, flushes := r.taker.(flusher)
	for {
		if err := r.read(); err != nil {
			return err
		}
		if flushes && !r.l.packets.IsWaiting() {
			f.Flush()
		}
	}
}

func (r *datagramReader) read() error {
	n, whole, err := r.l.packets.read(r.buf, &r.from)
	if err != nil {
		return err
	}
	r.raw = Raw{Bytes: r.buf[:n], Received: localtime.Now(), From: &r.from}
	if !whole {
		r.raw.Lost = -1
	}
	return r.taker.Take(&r.raw)
}
