package forwarder

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"httpd-syslog/forwarder/syslogfmt"
)

// session is one connection to one server. Send, Accepted and Close are for one
// goroutine.
//
// A session counts the bytes given to Send. What it has accepted means, by
// transport: TCP, TLS: the peer's kernel has acknowledged it. RELP: the peer has
// answered 200. unix stream: it is in the peer's socket. UDP and unix datagram: it was handed to the kernel, and for
// a moment no refusal came back. A transport whose acceptance the peer can still
// lose rewinds after an abnormal end; see RelayOptions.Rewind.
type session interface {
	// Send sends whole messages: b, each ending at one of ends. It blocks while
	// the peer is slow, and calls waiting about once a second meanwhile; an
	// error of that ends it. After an error the session is of no more use.
	Send(b []byte, ends []int, waiting func() error) error
	// Accepted is how many of the bytes given to Send are accepted.
	Accepted() uint64
	// Framing is how the messages given to Send are to be framed.
	Framing() syslogfmt.Framing
	// Evidence is what shows that the peer takes a message.
	Evidence() evidence
	// Broken is closed when the peer has gone.
	Broken() <-chan struct{}
	// Err says why the session is broken.
	Err() error
	// Close ends the session. nil: everything sent was accepted and the peer
	// has ended its side in good order.
	Close(ctx context.Context) error
}

// evidence is what shows that a peer takes a message, and does not hang up because of it.
type evidence int

const (
	noEvidence evidence = iota // nothing does: there is no connection
	standing                   // the connection stands on behind it
	answering                  // the peer says so
)

// breakage is how a session learns that its peer has gone.
type breakage struct {
	gone chan struct{}
	once sync.Once
	err  error // written before gone is closed
}

func newBreakage() *breakage {
	return &breakage{gone: make(chan struct{})}
}

func (b *breakage) fail(err error) {
	b.once.Do(func() {
		b.err = err
		close(b.gone)
	})
}

func (b *breakage) Broken() <-chan struct{} { return b.gone }

func (b *breakage) Err() error {
	select {
	case <-b.gone:
		return b.err
	default:
		return nil
	}
}

// transport makes sessions.
type transport interface {
	Dial(ctx context.Context) (session, error)
	// Rewinds: the peer may lose what it has accepted.
	Rewinds() bool
	// BatchSize is the number of bytes to give to one Send, about.
	BatchSize() int
	fmt.Stringer
}

// Server is the address of a central syslog server.
type Server struct {
	Scheme string // tcp, tls, relp, relp+tls, udp, unix
	Host   string
	Port   string
	Path   string // of a unix socket
}

func (s Server) String() string {
	if s.Scheme == "unix" {
		return "unix://" + s.Path
	}
	return s.Scheme + "://" + net.JoinHostPort(s.Host, s.Port)
}

// newTransport returns the transport to one of the relay's servers.
func newTransport(s Server, o *RelayOptions) (transport, error) {
	switch s.Scheme {
	case "tcp":
		return &tcpTransport{server: s, framing: o.Framing, timeout: o.ConnectTimeout}, nil
	case "tls":
		return &tlsTransport{server: s, framing: o.Framing, timeout: o.ConnectTimeout, options: o.TLS}, nil
	case "relp", "relp+tls":
		return &relpTransport{server: s, timeout: o.ConnectTimeout, options: o.TLS}, nil
	case "udp":
		return newUDPTransport(s, o.ConnectTimeout), nil
	case "unix":
		return newUnixTransport(s, o.Framing), nil
	}
	return nil, fmt.Errorf("%s: no such transport", s)
}

// newTransports returns those to all of the relay's servers.
func newTransports(o *RelayOptions) ([]transport, error) {
	var all []transport
	for _, s := range o.Servers {
		t, err := newTransport(s, o)
		if err != nil {
			return nil, err
		}
		all = append(all, t)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("relay %s has no server", o.Name)
	}
	return all, nil
}

// check tells whether connections can be tried with these options.
func (o *RelayOptions) check() error {
	if _, err := newTransports(o); err != nil {
		return err
	}
	for _, s := range o.Servers {
		if !strings.HasSuffix(s.Scheme, "tls") {
			continue
		}
		if _, err := o.TLS.Client(s.Host); err != nil {
			return err
		}
	}
	return nil
}

// errPeerClosed: the peer has ended its side, without an error.
var errPeerClosed = errors.New("the server has closed the connection")

// TryConnect connects to a server of the relay and ends the connection at once. address
// is IP and port that the connection was made to or, with an error, all that were tried;
// empty: not known.
func TryConnect(ctx context.Context, s Server, o RelayOptions) (address string, err error) {
	t, err := newTransport(s, &o)
	if err != nil {
		return "", err
	}
	session, err := t.Dial(ctx)
	if err != nil {
		var failed *addressError
		if errors.As(err, &failed) {
			address = failed.address
		}
		return address, reason(err)
	}
	if remote, ok := session.(interface{ RemoteAddr() net.Addr }); ok {
		address = remote.RemoteAddr().String()
	}
	closing, stop := context.WithTimeout(ctx, time.Second)
	defer stop()
	_ = session.Close(closing) // a server need not close its side to have answered
	return address, nil
}
