package listener

import (
	"crypto/tls"
	"net"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/testbed"
	"httpd-syslog/forwarder/trust/trusttest"
)

// noted is a connection that tells when something was written to it.
type noted struct {
	net.Conn
	written chan struct{}
}

func (n *noted) Write(b []byte) (int, error) {
	c, err := n.Conn.Write(b)
	select {
	case n.written <- struct{}{}:
	default:
	}
	return c, err
}

// arrived waits until the kernel at the other end has all that was written.
func (n *noted) arrived(t *testing.T) {
	t.Helper()
	<-n.written
	raw, err := n.Conn.(*net.TCPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	testbed.Eventually(t, "the bytes have arrived", func() bool {
		left := 1
		_ = raw.Control(func(fd uintptr) { left, _ = unix.IoctlGetInt(int(fd), unix.TIOCOUTQ) })
		return left == 0
	})
}

// TestLateReader: a sender whose bytes are there when its time is over is not closed for what this process was too
// slow for: no time to speak of is allowed here.
func TestLateReader(t *testing.T) {
	for network, sent := range map[string]string{"tcp": message, "relp": "1 open 30 relp_version=0\ncommands=syslog\n2 syslog 24 " + message, "tls": message} {
		t.Run(network, func(t *testing.T) {
			o := Options{Address: address(t, network), Idle: time.Nanosecond, Handshake: time.Nanosecond, Host: "www1"}
			if network == "tls" {
				o.TLS = certificates(t)
			}
			l, err := Open(o)
			if err != nil {
				t.Fatal(err)
			}
			s := &served{t: t, Listener: l, done: make(chan struct{})}
			conn, err := net.Dial("tcp", s.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			n := &noted{conn, make(chan struct{}, 1)}
			sending := make(chan error, 1)
			go func() {
				out := net.Conn(n)
				if network == "tls" {
					authority := trusttest.Shared(t)
					out = tls.Client(n, &tls.Config{RootCAs: authority.Pool(), ServerName: "localhost", Certificates: []tls.Certificate{authority.Sign(t, nil)}})
				}
				_, err := out.Write([]byte(sent))
				sending <- err
			}()
			n.arrived(t)
			s.start()
			if err := <-sending; err != nil {
				t.Error(err)
			}
			s.await(1)
			if closed := s.Stats().Closed; closed != 0 {
				t.Errorf("%d connections closed", closed)
			}
		})
	}
}

// TestBytesAloneAreNotEnough: a connection that sends bytes for ever, and no end to a message, is closed.
func TestBytesAloneAreNotEnough(t *testing.T) {
	s := serve(t, Options{Address: address(t, "tcp"), Idle: time.Nanosecond})
	conn := s.dial()
	for {
		if _, err := conn.Write([]byte("x")); err != nil {
			break
		}
	}
	testbed.Eventually(t, "it is counted", func() bool { return s.Stats().Closed == 1 })
}
