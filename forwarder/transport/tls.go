package transport

import "context"

// tlsTransport is RFC 5425: syslog over TLS.
type tlsTransport struct {
	server  Server
	options Options
}

func (t *tlsTransport) Dial(ctx context.Context) (Session, error) {
	ctx, cancel := context.WithTimeout(ctx, t.options.ConnectTimeout)
	defer cancel()
	conn, err := dialTLS(ctx, t.server, &t.options)
	if err != nil {
		return nil, err
	}
	return newStreamSession(conn, t.options.Framing), nil
}

func (t *tlsTransport) Rewinds() bool  { return true }
func (t *tlsTransport) BatchSize() int { return streamBatch }
func (t *tlsTransport) String() string { return t.server.String() }

// dialTLS connects to a server and makes the handshake, within ctx.
func dialTLS(ctx context.Context, s Server, o *Options) (*tlsConn, error) {
	client, err := o.TLS.Client(s.Host)
	if err != nil {
		return nil, err
	}
	tcp, err := dialTCP(ctx, s, o.Timing)
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
