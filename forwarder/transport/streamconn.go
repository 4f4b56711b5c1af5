package transport

import (
	"errors"
	"net"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// streamConn is a byte stream to a server.
type streamConn interface {
	net.Conn
	// WriteWaiting writes b. While the peer is slow it calls waiting about once a
	// second; an error of waiting ends the write. After an error the connection is of no
	// more use.
	WriteWaiting(b []byte, waiting func() error) (int, error)
	// acknowledged is how many of the bytes written are with the peer's kernel.
	acknowledged() (uint64, error)
	// halfOpen reports whether a connection whose peer has ended its side is otherwise as it
	// was: it was not reset.
	halfOpen() bool
	// CloseWrite says that nothing more will be written.
	CloseWrite() error
}

// halfCloser is what TCP and unix stream connections have in common.
type halfCloser interface {
	net.Conn
	syscall.Conn
	CloseWrite() error
}

// plainConn is a stream without encryption.
type plainConn struct {
	halfCloser
	tcp      bool // else a unix socket
	raw      syscall.RawConn
	queue    *kernelQueue
	written  uint64
	read     uint64 // of a unix socket: bytes that the peer had read unixSettle ago
	reading  uint64 // of a unix socket: bytes that had been written, and were all read, at readAt
	readAt   time.Time
	deadline time.Time // of writes
}

func newPlainTCP(c *net.TCPConn) (*plainConn, error) { return newPlainConn(c, true) }

func newPlainUnix(c *net.UnixConn) (*plainConn, error) { return newPlainConn(c, false) }

func newPlainConn(c halfCloser, tcp bool) (*plainConn, error) {
	raw, err := c.SyscallConn()
	if err != nil {
		c.Close()
		return nil, err
	}
	return &plainConn{halfCloser: c, tcp: tcp, raw: raw, queue: newKernelQueue(raw)}, nil
}

// sendPatience is how long a write waits for the peer before it calls waiting.
const sendPatience = time.Second

func (c *plainConn) WriteWaiting(b []byte, waiting func() error) (int, error) {
	done := 0
	for done < len(b) {
		if now := time.Now(); c.deadline.Sub(now) < sendPatience/2 {
			c.deadline = now.Add(sendPatience)
			if err := c.SetWriteDeadline(c.deadline); err != nil {
				return done, err
			}
		}
		n, err := c.Write(b[done:])
		done += n
		c.written += uint64(n)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			c.deadline = time.Time{}
			err = waiting()
		}
		if err != nil {
			return done, err
		}
	}
	return done, nil
}

func (c *plainConn) acknowledged() (uint64, error) {
	n, err := c.queue.size()
	switch {
	case err != nil:
		return 0, err
	case !c.tcp:
		return c.readBy(n == 0, time.Now()), nil
	case uint64(n) > c.written:
		return 0, nil
	}
	return c.written - uint64(n), nil
}

// unixSettle is how long a peer may take to hang up because of what it has read.
const unixSettle = 200 * time.Millisecond

// readBy is how many of the bytes written to a unix socket the peer had read unixSettle ago.
// all: the peer has read everything now.
func (c *plainConn) readBy(all bool, now time.Time) uint64 {
	if now.Sub(c.readAt) >= unixSettle {
		c.read = max(c.read, c.reading)
	}
	if all && c.reading < c.written && c.read == c.reading {
		c.reading, c.readAt = c.written, now
	}
	return c.read
}

func (c *plainConn) halfOpen() bool {
	if !c.tcp {
		return true // a peer that had not read everything resets a unix socket
	}
	const established, closeWait = 1, 8 // TCP_ESTABLISHED, where TLS has ended before TCP, and TCP_CLOSE_WAIT of the kernel
	var state uint8
	_ = c.raw.Control(func(fd uintptr) {
		if info, err := unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO); err == nil {
			state = info.State
		}
	})
	return state == established || state == closeWait
}

// kernelQueue is what a socket's kernel holds for the peer. It is asked for each batch, and needs no new
// memory for that. Not for concurrent use.
type kernelQueue struct {
	raw   syscall.RawConn
	ask   func(fd uintptr) // sets bytes and err
	bytes int
	err   error
}

func newKernelQueue(raw syscall.RawConn) *kernelQueue {
	q := &kernelQueue{raw: raw}
	q.ask = func(fd uintptr) { q.bytes, q.err = unix.IoctlGetInt(int(fd), unix.SIOCOUTQ) }
	return q
}

// size is how many bytes of a TCP socket the peer's kernel has not acknowledged (SIOCOUTQ; tcp(7)). Of a
// unix socket it is what the peer has not read, with what the kernel needs besides: only 0 says something.
func (q *kernelQueue) size() (int, error) {
	if err := q.raw.Control(q.ask); err != nil {
		return 0, err
	}
	return q.bytes, q.err
}
