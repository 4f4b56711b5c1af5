package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"httpd-syslog/forwarder/trust"
)

// tlsConn is a stream under TLS. The peer's kernel acknowledges ciphertext; marks, one for each
// write, map that to the bytes that were written.
type tlsConn struct {
	*tls.Conn
	tcp    *plainConn
	cipher *cipherConn
	client *trust.Client

	written uint64
	marks   []mark // not yet acknowledged, the oldest first
	known   uint64

	writes chan []byte
	wrote  chan writeResult
	look   *time.Timer // when WriteWaiting next calls waiting
	closed chan struct{}
	close  func() error
}

// mark notes that the first plain bytes written are in the first cipher bytes of ciphertext.
type mark struct{ plain, cipher uint64 }

type writeResult struct {
	n   int
	err error
}

// newTLSConn makes the handshake over tcp, within ctx.
func newTLSConn(ctx context.Context, tcp *plainConn, client *trust.Client) (*tlsConn, error) {
	cipher := &cipherConn{Conn: tcp}
	c := &tlsConn{Conn: tls.Client(cipher, client.Config()), tcp: tcp, cipher: cipher, client: client}
	begun := time.Now()
	err := c.HandshakeContext(ctx)
	if err == nil && client.Asked() && c.ConnectionState().Version >= tls.VersionTLS13 {
		err = c.awaitObjection(ctx, time.Since(begun))
	}
	if err != nil {
		tcp.Close()
		return nil, fmt.Errorf("TLS handshake: %w", client.ExplainHandshake(err, cipher.heard.Load()))
	}
	c.writes, c.wrote, c.look = make(chan []byte), make(chan writeResult, 1), time.NewTimer(sendPatience)
	c.closed = make(chan struct{})
	c.close = sync.OnceValue(func() error {
		close(c.closed)
		return tcp.Close()
	})
	go c.write()
	return c, nil
}

const (
	// objectionTrips is for how many times the handshake's time a server's objection to our
	// certificate is waited for. The handshake took one round trip or two.
	objectionTrips = 3
	// objectionLeast is for a server on the same machine, which also has to verify.
	objectionLeast = 200 * time.Millisecond
)

// awaitObjection gives the server time to object to our certificate. Under TLS 1.3 a server
// objects after our end of the handshake. If we had sent messages by then, its objection would
// arrive as a mere reset.
func (c *tlsConn) awaitObjection(ctx context.Context, handshake time.Duration) error {
	until := time.Now().Add(max(objectionTrips*handshake, objectionLeast))
	if d, ok := ctx.Deadline(); ok && d.Before(until) {
		until = d
	}
	if err := c.SetReadDeadline(until); err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { _ = c.SetReadDeadline(time.Unix(1, 0)) })
	n, err := c.Conn.Read(make([]byte, 1))
	if !stop() && context.Cause(ctx) == context.Canceled {
		return ctx.Err()
	}
	if n > 0 || errors.Is(err, os.ErrDeadlineExceeded) { // no syslog server speaks first
		err = nil
	}
	return errors.Join(err, c.SetReadDeadline(time.Time{}))
}

// write is the goroutine that writes for WriteWaiting. A write to a TLS connection cannot be
// interrupted and gone on with, so that WriteWaiting calls waiting from another goroutine.
func (c *tlsConn) write() {
	for {
		select {
		case b := <-c.writes:
			n, err := c.writeGathered(b)
			c.wrote <- writeResult{n, err}
		case <-c.closed:
			return
		}
	}
}

// writeGathered writes b as records of TLS, in one write of the connection below.
func (c *tlsConn) writeGathered(b []byte) (int, error) {
	c.cipher.gather()
	n, err := c.Conn.Write(b)
	if failed := c.cipher.flush(); failed != nil {
		return 0, failed
	}
	return n, err
}

// WriteWaiting closes the connection at an error of waiting: b must not be used
// any more when it returns.
func (c *tlsConn) WriteWaiting(b []byte, waiting func() error) (int, error) {
	select {
	case c.writes <- b:
	case <-c.closed:
		return 0, net.ErrClosed
	}
	c.look.Reset(sendPatience)
	for {
		select {
		case r := <-c.wrote:
			c.look.Stop()
			c.written += uint64(r.n)
			c.marks = append(c.marks, mark{c.written, c.cipher.written.Load()})
			return r.n, r.err
		case <-c.look.C:
			if err := waiting(); err != nil {
				c.tcp.Close()
				r := <-c.wrote
				return r.n, err
			}
			c.look.Reset(sendPatience)
		}
	}
}

// acknowledged is how many bytes are in writes all of whose ciphertext is acknowledged.
func (c *tlsConn) acknowledged() (uint64, error) {
	if len(c.marks) == 0 {
		return c.known, nil
	}
	// In this order: ciphertext that TLS writes in between makes the result smaller, never greater.
	written := c.cipher.written.Load()
	onTheWay, err := c.tcp.queue.size()
	if err != nil || uint64(onTheWay) > written {
		return c.known, err
	}
	done := 0
	for done < len(c.marks) && c.marks[done].cipher <= written-uint64(onTheWay) {
		c.known = c.marks[done].plain
		done++
	}
	c.marks = c.marks[:copy(c.marks, c.marks[done:])]
	return c.known, nil
}

func (c *tlsConn) halfOpen() bool { return c.tcp.halfOpen() }

// Read explains a server's objection, which under TLS 1.3 can come after the handshake. An end of
// TCP counts as an end in good order, even without close_notify of TLS: rsyslog's GnuTLS driver
// leaves that out when it is busy. Whoever can forge an end of TCP can also forge the
// acknowledgements that acceptance rests on.
func (c *tlsConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if err != nil && err != io.EOF {
		err = c.client.ExplainRead(err)
	}
	return n, err
}

// CloseWrite ends both the TLS and the TCP side.
func (c *tlsConn) CloseWrite() error {
	if err := c.Conn.CloseWrite(); err != nil {
		return err
	}
	return c.tcp.CloseWrite()
}

// Close closes the connection at once, from any goroutine. Unlike tls.Conn's Close it does not
// wait for the peer; for an end in good order call CloseWrite first.
func (c *tlsConn) Close() error { return c.close() }
