package transport

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// movingConn is a connected UDP socket that is replaced by another one when the server's
// name does not stand for its address any more. Reads and writes go on over the new one.
type movingConn struct {
	transport *udpTransport
	current   atomic.Pointer[net.UDPConn]
	lookNow   chan struct{} // holds one when the name is to be looked up at once
	end       context.CancelFunc

	mu       sync.Mutex // held to replace current
	closed   bool
	deadline time.Time // of writes
}

func newMovingConn(t *udpTransport, peer *net.UDPConn) *movingConn {
	ctx, cancel := context.WithCancel(context.Background())
	c := &movingConn{transport: t, lookNow: make(chan struct{}, 1), end: cancel}
	c.current.Store(peer)
	if t.isName() {
		go c.follow(ctx)
	}
	return c
}

// Refresh has the name looked up at once. It does not wait for that.
func (c *movingConn) Refresh() {
	select {
	case c.lookNow <- struct{}{}:
	default:
	}
}

// follow looks the name up again and again until ctx ends. While that fails the address stays.
func (c *movingConn) follow(ctx context.Context) {
	every := time.NewTicker(c.transport.every)
	defer every.Stop()
	for {
		select {
		case <-every.C:
		case <-c.lookNow:
		case <-ctx.Done():
			return
		}
		addresses, err := c.transport.lookup(ctx)
		if err != nil || len(addresses) == 0 || slices.Contains(addresses, addressOf(c.current.Load())) {
			continue
		}
		if peer, err := c.transport.connect(addresses); err == nil {
			c.move(peer)
		}
	}
}

// move goes on with another socket. Messages that were sent over the former one are not sent again.
func (c *movingConn) move(peer *net.UDPConn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		peer.Close()
		return
	}
	_ = peer.SetWriteDeadline(c.deadline) // fails only on a closed socket
	c.current.Swap(peer).Close()
}

// Read and Write go on with the next socket where the one that they used was replaced
// meanwhile.
func (c *movingConn) Read(b []byte) (int, error)  { return c.use(b, (*net.UDPConn).Read) }
func (c *movingConn) Write(b []byte) (int, error) { return c.use(b, (*net.UDPConn).Write) }

func (c *movingConn) use(b []byte, do func(*net.UDPConn, []byte) (int, error)) (int, error) {
	for {
		peer := c.current.Load()
		n, err := do(peer, b)
		if err == nil {
			return n, nil
		}
		if errors.Is(err, net.ErrClosed) && c.current.Load() != peer {
			continue
		}
		if isRefusal(err) && c.transport.refuse(addressOf(peer)) {
			err = fmt.Errorf("%w; %w", Reason(err), ErrElsewhere)
		}
		return n, err
	}
}

func (c *movingConn) SetWriteDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.deadline = t
	return c.current.Load().SetWriteDeadline(t)
}

func (c *movingConn) Close() error {
	c.end()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	return c.current.Load().Close()
}

func (c *movingConn) RemoteAddr() net.Addr { return c.current.Load().RemoteAddr() }
