package transport

import "context"

// tcpTransport is RFC 6587: syslog over plain TCP.
type tcpTransport struct {
	server  Server
	options Options
}

func (t *tcpTransport) Dial(ctx context.Context) (Session, error) {
	ctx, cancel := context.WithTimeout(ctx, t.options.ConnectTimeout)
	defer cancel()
	tcp, err := dialTCP(ctx, t.server, t.options.Timing)
	if err != nil {
		return nil, err
	}
	conn, err := newPlainTCP(tcp)
	if err != nil {
		return nil, err
	}
	return newStreamSession(conn, t.options.Framing), nil
}

func (t *tcpTransport) Rewinds() bool  { return true }
func (t *tcpTransport) BatchSize() int { return streamBatch }
func (t *tcpTransport) String() string { return t.server.String() }
