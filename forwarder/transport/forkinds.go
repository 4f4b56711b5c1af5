package transport

import (
	"context"
	"net"

	"httpd-syslog/forwarder/trust"
)

// This file has what kinds of stores need of connections.

// ConnectTCP connects to a server, as all transports over TCP do: its name is looked up each time, and
// a peer that goes without a word is noticed as timing says. Its errors know the addresses that were tried.
func ConnectTCP(ctx context.Context, s Server, timing Timing) (*net.TCPConn, error) {
	return dialTCP(ctx, s, timing)
}

// SecureTCP makes the handshake of TLS over a connection, within ctx, and waits for what a server may say against
// our certificate. The server must not speak before it has heard something under TLS. The records of a write are
// written together. After an error the connection is closed.
func SecureTCP(ctx context.Context, tcp *net.TCPConn, client *trust.Client) (net.Conn, error) {
	plain, err := newPlainTCP(tcp)
	if err != nil {
		return nil, err
	}
	conn, err := newTLSConn(ctx, plain, client)
	if err != nil {
		return nil, err
	}
	return gatheredConn{conn}, nil
}

// gatheredConn is a stream under TLS whose writes need not call anybody while they wait.
type gatheredConn struct{ *tlsConn }

func (c gatheredConn) Write(b []byte) (int, error) { return c.writeGathered(b) }

// At is err with the address of the server where it happened; nil stays nil.
func At(address net.Addr, err error) error { return at(address, err) }
