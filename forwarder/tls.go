package forwarder

import (
	"context"
	"time"

	"httpd-syslog/forwarder/syslogfmt"
	"httpd-syslog/forwarder/trust"
)

// tlsTransport is RFC 5425: syslog over TLS.
type tlsTransport struct {
	server  Server
	framing syslogfmt.Framing
	timeout time.Duration // of connecting, handshake included
	options trust.Options
}

func (t *tlsTransport) Dial(ctx context.Context) (session, error) {
	ctx, cancel := context.WithTimeout(ctx, t.timeout)
	defer cancel()
	conn, err := dialTLS(ctx, t.server, &t.options)
	if err != nil {
		return nil, err
	}
	return newStreamSession(conn, t.framing), nil
}

func (t *tlsTransport) Rewinds() bool  { return true }
func (t *tlsTransport) BatchSize() int { return streamBatch }
func (t *tlsTransport) String() string { return t.server.String() }

// dialTLS connects to a server and makes the handshake, within ctx.
func dialTLS(ctx context.Context, s Server, o *trust.Options) (*tlsConn, error) {
	client, err := o.Client(s.Host)
	if err != nil {
		return nil, err
	}
	tcp, err := dialTCP(ctx, s)
	if err != nil {
		return nil, err
	}
	conn, err := newPlainTCP(tcp)
	if err != nil {
		return nil, err
	}
	tls, err := newTLSConn(ctx, conn, client)
	return tls, at(tcp.RemoteAddr(), err)
}
