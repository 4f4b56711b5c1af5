package transport

import (
	"context"
	"fmt"
	"net"
	"strings"
	"time"

	"httpd-syslog/forwarder/syslogfmt"
	"httpd-syslog/forwarder/trust"
)

// Transport makes sessions to one server. Its methods are for one goroutine at a time.
type Transport interface {
	// Dial connects to the server, within ctx and Options.ConnectTimeout.
	Dial(ctx context.Context) (Session, error)
	// Rewinds reports whether the peer may lose bytes that it has accepted.
	Rewinds() bool
	// BatchSize is the number of bytes to give to one Send, about.
	BatchSize() int
	// String is the server's address as a URL.
	fmt.Stringer
}

// Refresher is a Transport that remembers where a server's name leads to.
type Refresher interface {
	// Refresh has the name looked up at once. It does not wait for that, and may be called
	// by any goroutine.
	Refresh()
}

// Server is the address of a central syslog server.
type Server struct {
	Scheme string // tcp, tls, relp, relp+tls, udp, unix; of stores nats, nats+tls, s3
	Host   string // of s3 the bucket
	Port   string
	Path   string // of a unix socket; of s3 what keys begin with, without slashes at its ends
}

func (s Server) String() string {
	switch s.Scheme {
	case "unix":
		return "unix://" + s.Path
	case "s3":
		return strings.TrimSuffix("s3://"+s.Host+"/"+s.Path, "/")
	}
	return s.Scheme + "://" + net.JoinHostPort(s.Host, s.Port)
}

// overTLS reports whether connections to the server are under TLS.
func (s Server) overTLS() bool { return strings.HasSuffix(s.Scheme, "tls") }

// Options say how to connect.
type Options struct {
	Framing        syslogfmt.Framing // of a byte stream: TCP, TLS, a unix stream
	ConnectTimeout time.Duration     // of connecting, the handshakes of TLS and RELP included
	TLS            trust.Options
	Store          StoreOptions // of stores alone
	Timing         Timing
}

// New returns the transport to a server. It connects to nothing.
func New(s Server, o Options) (Transport, error) {
	switch s.Scheme {
	case "tcp":
		return &tcpTransport{server: s, options: o}, nil
	case "tls":
		return &tlsTransport{server: s, options: o}, nil
	case "relp", "relp+tls":
		return &relpTransport{server: s, options: o}, nil
	case "udp":
		return newUDPTransport(s, o.ConnectTimeout), nil
	case "unix":
		return newUnixTransport(s, o.Framing), nil
	}
	k, err := KindOf(s.Scheme)
	switch {
	case err == nil:
		return k.New(s, o)
	case IsStore(s.Scheme):
		return absent{s, err}, nil
	}
	return nil, err
}

// Check tells whether connections to the server can be tried with these options: the scheme is
// known, and certificates can be read. It connects to nothing.
func Check(s Server, o Options) error {
	if _, err := New(s, o); err != nil || !s.overTLS() {
		return err
	}
	_, err := o.TLS.Client(s.Host)
	return err
}

// TryConnect connects to a server and ends the connection at once. address is IP and port that
// the connection was made to or, with an error, all that were tried; empty: not known.
func TryConnect(ctx context.Context, s Server, o Options) (address string, err error) {
	t, err := New(s, o)
	if err != nil {
		return "", err
	}
	session, err := t.Dial(ctx)
	if err != nil {
		return addressOfError(err), Reason(err)
	}
	if remote, ok := session.(interface{ RemoteAddr() net.Addr }); ok {
		address = remote.RemoteAddr().String()
	}
	closing, stop := context.WithTimeout(ctx, time.Second)
	defer stop()
	_ = session.Close(closing) // a server need not close its side to have answered
	return address, nil
}
