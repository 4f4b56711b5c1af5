package transport

import (
	"context"
	"net"

	"httpd-syslog/forwarder/relp"
	"httpd-syslog/forwarder/syslogfmt"
)

// relpTransport is RELP, over TCP or TLS: a message is accepted when the server
// has answered that it is.
type relpTransport struct {
	server  Server
	options Options
}

func (t *relpTransport) Dial(ctx context.Context) (Session, error) {
	ctx, cancel := context.WithTimeout(ctx, t.options.ConnectTimeout)
	defer cancel()
	conn, err := t.connect(ctx)
	if err != nil {
		return nil, err
	}
	client, err := relp.Open(ctx, conn, relp.Options{})
	if err != nil {
		return nil, at(conn.RemoteAddr(), err)
	}
	return relpSession{client, conn}, nil
}

func (t *relpTransport) connect(ctx context.Context) (net.Conn, error) {
	if t.server.overTLS() {
		return dialTLS(ctx, t.server, &t.options)
	}
	tcp, err := dialTCP(ctx, t.server, t.options.Timing)
	if err != nil {
		return nil, err
	}
	return newPlainTCP(tcp)
}

func (t *relpTransport) Rewinds() bool  { return false }
func (t *relpTransport) BatchSize() int { return streamBatch }
func (t *relpTransport) String() string { return t.server.String() }

// relpSession is a RELP session; RELP has a framing of its own.
type relpSession struct {
	*relp.Client
	conn net.Conn
}

func (s relpSession) RemoteAddr() net.Addr { return s.conn.RemoteAddr() }

func (relpSession) Framing() syslogfmt.Framing { return syslogfmt.None }
func (relpSession) Evidence() Evidence         { return Answering }
