package listener

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"sync/atomic"
	"time"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/trust"
)

const (
	// freeHello is how many bytes a client may send in a handshake that need not be asked for as those
	// of long messages: more than its certificate with a chain takes.
	freeHello = 16 << 10
	// maxHello is how many it may send at all.
	maxHello = 64 << 10
	// lastWords is how long a client that is turned away may take to read why, and how many bytes are
	// read of it meanwhile.
	lastWords     = time.Second / 2
	lastWordsSize = 64 << 10
)

// openTLS reads the files of TLS.
func (l *Listener) openTLS() (err error) {
	if !l.o.Address.IsTLS() {
		return nil
	}
	if l.o.TLS == nil {
		return errors.New("there is no certificate for it")
	}
	l.tls, err = trust.NewServer(*l.o.TLS, l.tellRenewed)
	return err
}

// tellRenewed tells that files of TLS have changed.
func (l *Listener) tellRenewed(own *x509.Certificate, err error) {
	if err != nil {
		l.o.Tell(event.ListenerKeepsCertificate.With("listener", l.o.Address, "cause", err))
		return
	}
	l.o.Tell(event.ListenerRenewed.With("listener", l.o.Address, "subject", own.Subject, "until", own.NotAfter.Format(time.RFC3339)))
}

// SetTLS has other files, and other clients let in, from the next connection on. With an error
// everything stays as it was.
func (l *Listener) SetTLS(o trust.ServerOptions) error {
	if l.tls == nil {
		return nil
	}
	return l.tls.Set(o)
}

// handshake makes the connection one of TLS, where the address says so.
func (c *connection) handshake() error {
	if c.l.tls == nil {
		return nil
	}
	now := time.Now()
	secure, name, err := c.l.tls.Handshake(context.Background(), &hello{Conn: c.Conn, c: c, until: now.Add(c.l.o.Handshake), since: now})
	c.l.conns.grow(c, 0)
	c.ours.Store(false)
	c.late = false
	if err != nil {
		c.turnedOut(err)
		return err
	}
	c.arm(time.Time{})
	_ = c.Conn.SetWriteDeadline(time.Time{})
	c.secure(secure)
	if c.from.Name = name; name != "" {
		c.spoke.Store(true) // it has proved what a message proves
	}
	return nil
}

// secure has the connection go on over TLS.
func (c *connection) secure(secure *tls.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stream = secure
}

// turnedOut counts a client without a handshake, and has it read why.
func (c *connection) turnedOut(err error) {
	if c.isFinishing() {
		return
	}
	var fault *trust.ClientError
	if errors.As(err, &fault) && fault.Kind != trust.Silent {
		c.l.counts.faults[fault.Kind].add(c.from.host(), err)
	}
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok && half.CloseWrite() == nil {
		c.arm(time.Now().Add(lastWords))
		_, _ = io.CopyN(io.Discard, c.Conn, lastWordsSize) // a close with bytes unread would take the alert away
	}
}

// hello is a connection during its handshake, which bounds what that may take. Afterwards it is the
// connection below TLS.
type hello struct {
	net.Conn
	c     *connection
	read  int       // bytes of the handshake
	until time.Time // when the client's time is over
	since time.Time // when a step of ours began, whose time is not the client's
}

var errHello = errors.New("the client has sent more in its handshake than one takes")

func (h *hello) Read(b []byte) (int, error) {
	if h.c.stream != nil {
		return h.Conn.Read(b)
	}
	h.c.ours.Store(false)
	h.until = h.until.Add(time.Since(h.since))
	h.c.arm(h.until)
	n, err := h.Conn.Read(b)
	if until, late := h.c.isLate(err, h.c.l.o.Handshake); late {
		h.until = until
		h.c.arm(until)
		n, err = h.Conn.Read(b)
	}
	h.since = time.Now()
	h.c.ours.Store(true)
	h.c.quiet.Store(h.since.UnixNano())
	if h.read += n; h.read > maxHello || h.read > freeHello && !h.c.l.conns.grow(h.c, h.read) && !h.c.l.conns.isClosed(h.c) {
		return 0, errHello
	}
	return n, err
}

func (h *hello) Write(b []byte) (int, error) {
	if h.c.stream == nil {
		_ = h.Conn.SetWriteDeadline(time.Now().Add(max(h.c.l.o.Handshake, leastDelay))) // fails on a closed connection, as Write does
	}
	return h.Conn.Write(b)
}

// faults are how often something has happened to a client, and to whom last.
type faults struct {
	number atomic.Uint64
	last   atomic.Pointer[faultOf]
}

type faultOf struct {
	peer  string
	cause error
}

func (f *faults) add(peer string, cause error) {
	f.last.Store(&faultOf{peer, cause})
	f.number.Add(1)
}

// TLS is what the connections' handshakes go by; nil: they are without TLS.
func (l *Listener) TLS() *trust.Server { return l.tls }
