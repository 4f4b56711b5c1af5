package testbed

import (
	"io"
	"net"
	"sync"
	"testing"
)

// Cable is the way to a server over TCP, which can be cut.
type Cable struct {
	to   string
	l    net.Listener
	busy sync.WaitGroup
	mu   sync.Mutex // guards what follows
	ends map[*net.TCPConn]bool
	gone bool // the test is over
}

// NewCable lays one to an address; it is taken away with the test.
func NewCable(t *testing.T, to string) *Cable {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &Cable{to: to, l: l, ends: make(map[*net.TCPConn]bool)}
	c.busy.Go(c.accept)
	t.Cleanup(func() {
		l.Close()
		c.mu.Lock()
		c.gone = true
		c.mu.Unlock()
		c.Cut()
		c.busy.Wait()
	})
	return c
}

// Address is where to connect to.
func (c *Cable) Address() string { return c.l.Addr().String() }

// Cut resets all connections at both ends: what is on its way is gone.
func (c *Cable) Cut() (connections int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for end := range c.ends {
		_ = end.SetLinger(0) // it may have been closed
		_ = end.Close()
	}
	connections = (len(c.ends) + 1) / 2
	clear(c.ends)
	return connections
}

func (c *Cable) accept() {
	for {
		from, err := c.l.Accept()
		if err != nil {
			return
		}
		to, err := net.Dial("tcp", c.to)
		if err != nil {
			_ = from.(*net.TCPConn).SetLinger(0)
			from.Close()
			continue
		}
		c.carry(from.(*net.TCPConn), to.(*net.TCPConn))
	}
}

// carry connects two ends. The buffers are small: what a cable holds is acknowledged, and lost when it is cut.
func (c *Cable) carry(from, to *net.TCPConn) {
	const buffer = 64 << 10
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, end := range []*net.TCPConn{from, to} {
		if c.gone {
			end.Close()
			continue
		}
		_ = end.SetReadBuffer(buffer)
		_ = end.SetWriteBuffer(buffer)
		c.ends[end] = true
	}
	c.busy.Go(func() { c.copy(to, from) })
	c.busy.Go(func() { c.copy(from, to) })
}

// copy passes on what one end says, its end included; a break at either end is one at both.
func (c *Cable) copy(to, from *net.TCPConn) {
	_, err := io.Copy(struct{ io.Writer }{to}, struct{ io.Reader }{from}) // through no pipe of the kernel's
	if err == nil {
		err = to.CloseWrite()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if delete(c.ends, from); err != nil || !c.ends[to] { // both have ended
		for _, end := range []*net.TCPConn{from, to} {
			if err != nil {
				_ = end.SetLinger(0)
			}
			_ = end.Close()
			delete(c.ends, end)
		}
	}
}
