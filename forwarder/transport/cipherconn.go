package transport

import (
	"net"
	"sync"
	"sync/atomic"
)

// cipherConn is the connection below TLS. TLS writes each record of 16 KiB by itself, and
// each write wakes the peer. So cipherConn puts the records of a larger write together: it
// holds those that are written from gather on until flush. TLS may write from several
// goroutines; cipherConn keeps the order of its writes.
type cipherConn struct {
	net.Conn
	written atomic.Uint64 // bytes that the kernel has taken
	heard   atomic.Bool   // the peer has sent something

	mu        sync.Mutex
	gathering bool
	held      []byte
}

func (c *cipherConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if n > 0 && !c.heard.Load() {
		c.heard.Store(true)
	}
	return n, err
}

func (c *cipherConn) Write(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.gathering {
		c.held = append(c.held, b...)
		return len(b), nil
	}
	return c.write(b)
}

// write is for whoever holds mu.
func (c *cipherConn) write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	c.written.Add(uint64(n))
	return n, err
}

func (c *cipherConn) gather() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.gathering = true
}

// flush writes the records that are held. After an error the connection is of no more use.
func (c *cipherConn) flush() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, err := c.write(c.held)
	c.gathering, c.held = false, c.held[:0]
	return err
}
