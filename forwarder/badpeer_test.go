package forwarder

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"

	"httpd-syslog/forwarder/testbed"
)

// badPeers are what a server may do to a session, by scheme. raw is the TCP
// connection, c what the session speaks over it.
var badPeers = map[string][]func(raw *net.TCPConn, c net.Conn){
	"tcp": {
		func(_ *net.TCPConn, c net.Conn) { _, _ = io.CopyN(c, endless{}, 1<<20) },
		func(_ *net.TCPConn, c net.Conn) { fmt.Fprint(c, "what do you want?\n") },
		func(raw *net.TCPConn, _ net.Conn) { _ = raw.CloseWrite() },
		func(raw *net.TCPConn, _ net.Conn) { _ = raw.SetLinger(0) },
	},
	"tls": {
		// A record of application data (RFC 8446, 5.1) that is longer than any may be,
		// one that was never encrypted, half of one; and no record at all.
		func(raw *net.TCPConn, _ net.Conn) {
			_, _ = raw.Write(append([]byte{23, 3, 3, 0xff, 0xff}, make([]byte, 0xffff)...))
		},
		func(raw *net.TCPConn, _ net.Conn) {
			_, _ = raw.Write(append([]byte{23, 3, 3, 0, 64}, make([]byte, 64)...))
		},
		func(raw *net.TCPConn, _ net.Conn) { _, _ = raw.Write([]byte{23, 3, 3, 64, 0, 1, 2, 3}) },
		func(raw *net.TCPConn, _ net.Conn) { _, _ = io.CopyN(raw, endless{}, 1<<20) },
		func(raw *net.TCPConn, _ net.Conn) { _, _ = raw.Write([]byte{21, 3, 3, 0, 2, 2, 80}) }, // an alert
		func(raw *net.TCPConn, _ net.Conn) { _ = raw.SetLinger(0) },
	},
	"relp": {
		func(_ *net.TCPConn, c net.Conn) { _, _ = io.CopyN(c, endless{}, 1<<20) },
		func(_ *net.TCPConn, c net.Conn) { fmt.Fprint(c, "1 rsp 99999999999999999999 200 OK\n") },
		func(_ *net.TCPConn, c net.Conn) {
			fmt.Fprint(c, "1 rsp 999999999 ")
			_, _ = io.CopyN(c, endless{}, 1<<20)
		},
		func(_ *net.TCPConn, c net.Conn) { fmt.Fprint(c, "1 rsp 6 20") },
		func(_ *net.TCPConn, c net.Conn) { fmt.Fprint(c, "7 rsp 6 200 OK\n") },
		func(_ *net.TCPConn, c net.Conn) { fmt.Fprint(c, "1 rsp 92 200 OK\nrelp_version=0\n") },
		func(_ *net.TCPConn, c net.Conn) { fmt.Fprint(c, "0 serverclose 0\n") },
		func(_ *net.TCPConn, c net.Conn) { fmt.Fprint(c, "1 rsp 15 500 not for you\n") },
	},
}

// endless is bytes that mean nothing.
type endless struct{}

func (endless) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = byte(i*i + 7)
	}
	return len(b), nil
}

// TestBadPeers: a server that answers garbage gets no line that counts. Nothing is
// lost, and an event says that something is wrong.
func TestBadPeers(t *testing.T) {
	t.Parallel()
	for scheme, deeds := range badPeers {
		for i, deed := range deeds {
			t.Run(fmt.Sprintf("%s/%d", scheme, i), func(t *testing.T) {
				t.Parallel()
				badPeer(t, scheme, deed)
			})
		}
	}
}

func badPeer(t *testing.T, scheme string, deed func(*net.TCPConn, net.Conn)) {
	c := testbed.NewCentralOver(t, scheme)
	c.Kill()
	l := testbed.ListenAgain(t, c.Address())
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			raw, err := l.Accept()
			if err != nil {
				return // closed
			}
			serving.Go(func() { misbehave(c, raw.(*net.TCPConn), deed) })
		}
	})
	s := newSite(t, relayTo(c, "central"))
	w := s.writer("access")
	w.Lines(1000)
	stop := s.deliver()
	testbed.Eventually(t, "an event says that something is wrong", func() bool {
		return strings.Contains(s.local("audit_log"), "relay central: down")
	})
	l.Close()
	serving.Wait()
	c.Open()
	w.Lines(1000)
	testbed.Eventually(t, "all is at the server", func() bool {
		m := c.Lines()
		return len(m) > 0 && m[len(m)-1].Text == "line 2000"
	})
	w.Close()
	if err := stop(); err != nil {
		t.Error(err)
	}
	testbed.CheckRepeats(t, c.Messages(), "access", 2000)
	what, _, _ := strings.Cut(s.local("audit_log"), "\n")
	_, what, _ = strings.Cut(what, "down: ")
	t.Log(what)
}

// misbehave does the deed once something has come, and ends the connection.
func misbehave(c *testbed.Central, raw *net.TCPConn, deed func(*net.TCPConn, net.Conn)) {
	defer raw.Close()
	var conn net.Conn = raw
	if strings.HasSuffix(c.Scheme, "tls") {
		conn = tls.Server(raw, c.Config)
	}
	if _, err := conn.Read(make([]byte, 1<<16)); err == nil {
		deed(raw, conn)
	}
}
