package transport

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"testing"
	"time"

	"httpd-syslog/forwarder/syslogfmt"
	"httpd-syslog/forwarder/testbed"
)

// TestEvidence: what shows that a peer takes a message, and how messages are told apart, are those of its kind.
func TestEvidence(t *testing.T) {
	t.Parallel()
	all := peers(t)
	all["relp"] = func(t *testing.T) *peer {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		go func() {
			if c, err := l.Accept(); err == nil {
				_ = testbed.ServeRELP(c, func([]byte) error { return nil })
			}
		}()
		host, port, _ := net.SplitHostPort(l.Addr().String())
		tr, err := New(Server{Scheme: "relp", Host: host, Port: port}, Options{ConnectTimeout: testbed.Patience})
		if err != nil {
			t.Fatal(err)
		}
		return &peer{transport: tr, stream: l}
	}
	for name, want := range map[string]struct {
		evidence Evidence
		framing  syslogfmt.Framing
	}{
		"tcp": {Standing, syslogfmt.OctetCounting}, "tls": {Standing, syslogfmt.OctetCounting}, "unix stream": {Standing, syslogfmt.OctetCounting},
		"unix datagram": {NoEvidence, syslogfmt.None}, "udp": {NoEvidence, syslogfmt.None}, "relp": {Answering, syslogfmt.None},
	} {
		s := dial(t, all[name](t))
		if s.Evidence() != want.evidence || s.Framing() != want.framing {
			t.Errorf("%s: evidence %d, framing %v", name, s.Evidence(), s.Framing())
		}
	}
}

// sink is a socket of UDP that nobody reads, and a socket connected to it.
func sink(t *testing.T) *net.UDPConn {
	t.Helper()
	l, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	c, err := net.DialUDP("udp", nil, l.LocalAddr().(*net.UDPAddr))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// TestNextSocket: the socket that follows has the deadline of the one before, which is closed; and none follows on
// a session that has ended.
func TestNextSocket(t *testing.T) {
	t.Parallel()
	first, second, third := sink(t), sink(t), sink(t)
	c := newMovingConn(newUDPTransport(Server{Scheme: "udp", Host: "127.0.0.1", Port: "9"}, 0), first)
	if err := c.SetWriteDeadline(time.Unix(1, 0)); err != nil {
		t.Fatal(err)
	}
	write := func() error {
		_, err := c.Write([]byte("x"))
		return err
	}
	if err := write(); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("behind the deadline: %v", err)
	}
	c.move(second)
	if err := write(); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("behind the deadline, over the next socket: %v", err)
	}
	if err := c.SetWriteDeadline(time.Time{}); err != nil {
		t.Fatal(err)
	}
	if err := write(); err != nil || c.RemoteAddr().String() != second.RemoteAddr().String() {
		t.Errorf("over the next socket, to %v: %v", c.RemoteAddr(), err)
	}
	if _, err := first.Write([]byte("x")); !errors.Is(err, net.ErrClosed) {
		t.Errorf("the socket before is open: %v", err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	c.move(third)
	for _, s := range []*net.UDPConn{second, third} {
		if _, err := s.Write([]byte("x")); !errors.Is(err, net.ErrClosed) {
			t.Errorf("a socket is open behind the end: %v", err)
		}
	}
}

// TestAddressesThatRefuse come last, the longest refusal ago first, for as long as they are the server's.
func TestAddressesThatRefuse(t *testing.T) {
	t.Parallel()
	var book phoneBook
	tr := toName(&book, "514")
	a, b, c := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2"), netip.MustParseAddr("192.0.2.3")
	check := func(what string, want ...netip.Addr) {
		t.Helper()
		got, err := tr.lookup(t.Context())
		if err != nil || len(got) != len(want) {
			t.Fatalf("%s: %v, %v", what, got, err)
		}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("%s: %v, want %v", what, got, want)
				return
			}
		}
	}
	book.set(nil, "::ffff:192.0.2.1", "192.0.2.2", "192.0.2.3")
	check("none has refused", a, b, c)
	if !tr.refuse(a) {
		t.Error("there is another one that has not refused")
	}
	check("the first has", b, c, a)
	tr.refused[b] = tr.refused[a].Add(-time.Second)
	check("the second has before", c, b, a)
	if tr.refuse(c) {
		t.Error("all have refused lately")
	}
	tr.refused[b] = time.Now().Add(-refusedFor)
	if !tr.refuse(c) {
		t.Error("the refusal of one is long ago")
	}
	book.set(nil, "192.0.2.2")
	check("one is left", b)
	book.set(nil, "192.0.2.1", "192.0.2.2")
	check("what was not the server's meanwhile is new", a, b)
	if _, err := tr.connect(nil); err == nil || err.Error() != "lookup logs.example.com: it has no address" {
		t.Errorf("%v", err)
	}
	book.set(errors.New("no resolver"))
	if _, err := tr.Dial(t.Context()); err == nil || err.Error() != "no resolver" {
		t.Errorf("%v", err)
	}
	tr.server.Port = "65536"
	if _, err := tr.connect([]netip.Addr{a}); err == nil {
		t.Error("a port that there is none of")
	}
}
