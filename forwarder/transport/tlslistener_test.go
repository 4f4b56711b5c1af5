package transport

import (
	"crypto/tls"
	"net"
	"os"
	"sync"
	"testing"
	"time"

	"httpd-syslog/forwarder/testbed"
)

// tlsListener gives out connections whose handshake is done.
type tlsListener struct {
	net.Listener
	conns chan net.Conn
}

func newTLSListener(t *testing.T, config *tls.Config) *tlsListener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	tl := &tlsListener{l, make(chan net.Conn, 100)}
	var serving sync.WaitGroup
	t.Cleanup(func() { l.Close(); serving.Wait() })
	serving.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			serving.Go(func() {
				tc := tls.Server(c, config)
				if tc.HandshakeContext(t.Context()) != nil {
					c.Close()
					return
				}
				tl.conns <- tc
			})
		}
	})
	return tl
}

func (l *tlsListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-time.After(testbed.Patience):
		return nil, os.ErrDeadlineExceeded
	}
}
