package transport

import (
	"net"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/testbed"
	"httpd-syslog/forwarder/trust"
	"httpd-syslog/forwarder/trust/trusttest"
)

// rawOf is the socket below a session.
func rawOf(t *testing.T, s Session) syscall.RawConn {
	t.Helper()
	var conn any
	switch s := s.(type) {
	case *streamSession:
		conn = s.conn
	case relpSession:
		conn = s.conn
	}
	switch c := conn.(type) {
	case *plainConn:
		return c.raw
	case *tlsConn:
		return c.tcp.raw
	}
	t.Fatalf("no socket of a %T", s)
	return nil
}

// TestGonePeersAreNoticed: each connection over TCP has the kernel look for a peer that has gone without a word, at
// the times that the house promises, or at those of a test.
func TestGonePeersAreNoticed(t *testing.T) {
	t.Parallel()
	plain, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	go func() {
		for {
			c, err := plain.Accept()
			if err != nil {
				return
			}
			go func() { _ = testbed.ServeRELP(c, func([]byte) error { return nil }) }()
		}
	}()
	secure := newTLSListener(t, trusttest.Shared(t).Server(t))
	type options struct{ UserTimeout, Keep, Idle, Interval, Probes int }
	for _, tt := range []struct {
		timing Timing
		want   options
	}{
		{Timing{}, options{60_000, 1, 15, 5, 3}},
		{Timing{UserTimeout: 7 * time.Second}, options{7000, 1, 15, 5, 3}},
		{Timing{KeepAliveIdle: 9 * time.Second}, options{60_000, 1, 9, 5, 3}},
		{Timing{KeepAliveInterval: 4 * time.Second}, options{60_000, 1, 15, 4, 3}},
	} {
		for scheme, l := range map[string]net.Listener{"tcp": plain, "relp": plain, "tls": secure} {
			host, port, _ := net.SplitHostPort(l.Addr().String())
			tr, err := New(Server{Scheme: scheme, Host: host, Port: port}, Options{
				ConnectTimeout: testbed.Patience, TLS: trust.Options{CAFile: trusttest.Shared(t).File(t)}, Timing: tt.timing,
			})
			if err != nil {
				t.Fatal(err)
			}
			s, err := tr.Dial(t.Context())
			if err != nil {
				t.Fatalf("%s: %v", scheme, err)
			}
			if scheme == "tls" {
				c, err := secure.Accept()
				if err != nil {
					t.Fatal(err)
				}
				defer c.Close()
			}
			var got options
			cerr := rawOf(t, s).Control(func(fd uintptr) {
				for of, name := range map[*int][2]int{
					&got.UserTimeout: {unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT}, &got.Keep: {unix.SOL_SOCKET, unix.SO_KEEPALIVE},
					&got.Idle: {unix.IPPROTO_TCP, unix.TCP_KEEPIDLE}, &got.Interval: {unix.IPPROTO_TCP, unix.TCP_KEEPINTVL}, &got.Probes: {unix.IPPROTO_TCP, unix.TCP_KEEPCNT},
				} {
					*of, err = unix.GetsockoptInt(int(fd), name[0], name[1])
				}
			})
			if cerr != nil || err != nil || got != tt.want {
				t.Errorf("%s, %+v: %+v, want %+v; %v, %v", scheme, tt.timing, got, tt.want, cerr, err)
			}
			Abandon(s)
		}
	}
}
