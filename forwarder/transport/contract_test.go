package transport

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/syslogfmt"
	"httpd-syslog/forwarder/testbed"
	"httpd-syslog/forwarder/trust"
	"httpd-syslog/forwarder/trust/trusttest"
)

// peer is the other end of a transport in a test.
type peer struct {
	transport Transport
	stream    net.Listener   // one of the two
	datagrams net.PacketConn // is nil
}

// accept returns the stream that the session under test has opened.
func (p *peer) accept(t *testing.T) net.Conn {
	t.Helper()
	c, err := p.stream.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// peers makes one peer for each transport.
func peers(t *testing.T) map[string]func(t *testing.T) *peer {
	listen := func(t *testing.T, network, address string) net.Listener {
		l, err := net.Listen(network, address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		return l
	}
	packets := func(t *testing.T, network, address string) net.PacketConn {
		c, err := net.ListenPacket(network, address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		return c
	}
	server := func(scheme string, a net.Addr) Server {
		if scheme == "unix" {
			return Server{Scheme: scheme, Path: a.String()}
		}
		host, port, _ := net.SplitHostPort(a.String())
		return Server{Scheme: scheme, Host: host, Port: port}
	}
	over := func(s Server) Transport {
		tr, err := New(s, Options{Framing: syslogfmt.OctetCounting, ConnectTimeout: time.Minute})
		if err != nil {
			t.Fatal(err)
		}
		return tr
	}
	tcp := func(address string) func(t *testing.T) *peer {
		return func(t *testing.T) *peer {
			l := listen(t, "tcp", address)
			return &peer{transport: over(server("tcp", l.Addr())), stream: l}
		}
	}
	return map[string]func(t *testing.T) *peer{
		"tcp":  tcp("127.0.0.1:0"),
		"tcp6": tcp("[::1]:0"),
		"tls": func(t *testing.T) *peer {
			l := newTLSListener(t, trusttest.Shared(t).Server(t))
			s := server("tcp", l.Addr())
			s.Scheme = "tls"
			tr, err := New(s, Options{
				Framing: syslogfmt.OctetCounting, ConnectTimeout: time.Minute, TLS: trust.Options{CAFile: trusttest.Shared(t).File(t)},
			})
			if err != nil {
				t.Fatal(err)
			}
			return &peer{transport: tr, stream: l}
		},
		"unix stream": func(t *testing.T) *peer {
			l := listen(t, "unix", filepath.Join(t.TempDir(), "log"))
			return &peer{transport: over(server("unix", l.Addr())), stream: l}
		},
		"unix datagram": func(t *testing.T) *peer {
			c := packets(t, "unixgram", filepath.Join(t.TempDir(), "log"))
			return &peer{transport: over(server("unix", c.LocalAddr())), datagrams: c}
		},
		"udp": func(t *testing.T) *peer {
			c := packets(t, "udp", "127.0.0.1:0")
			return &peer{transport: over(server("udp", c.LocalAddr())), datagrams: c}
		},
	}
}

// tcpOf is the connection below TLS, if there is TLS.
func tcpOf(c net.Conn) *net.TCPConn {
	if c, ok := c.(*tls.Conn); ok {
		return c.NetConn().(*net.TCPConn)
	}
	return c.(*net.TCPConn)
}

func dial(t *testing.T, p *peer) Session {
	t.Helper()
	s, err := p.transport.Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close(canceled()) })
	return s
}

func canceled() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

func noWait() error { return nil }

// messages makes a batch of messages for a session, some of them long.
func messages(s Session, n int) (texts [][]byte, batch []byte, ends []int) {
	for i := range n {
		text := fmt.Appendf(nil, "<141>1 - - - - - - message %d ", i)
		if i%10 == 3 {
			text = append(text, bytes.Repeat([]byte{'x'}, 6000*(i%7))...)
		}
		texts = append(texts, text)
		switch s.Framing() {
		case syslogfmt.OctetCounting:
			batch = fmt.Appendf(batch, "%d %s", len(text), text)
		case syslogfmt.LF:
			batch = fmt.Appendf(batch, "%s\n", text)
		default:
			batch = append(batch, text...)
		}
		ends = append(ends, len(batch))
	}
	return texts, batch, ends
}

// receive reads n messages, and returns what the stream goes on with.
func (p *peer) receive(t *testing.T, n int) (texts [][]byte) {
	t.Helper()
	if p.datagrams != nil {
		buf := make([]byte, 1<<16)
		for range n {
			k, _, err := p.datagrams.ReadFrom(buf)
			if err != nil {
				t.Error(err)
				return texts
			}
			texts = append(texts, bytes.Clone(buf[:k]))
		}
		return texts
	}
	d := syslogfmt.NewDeframer(p.accept(t), 1<<20)
	for range n {
		m, err := d.Next()
		if err != nil {
			t.Error(err)
			return texts
		}
		texts = append(texts, bytes.Clone(m))
	}
	return texts
}

// TestTransportContract holds every transport to what Session promises.
func TestTransportContract(t *testing.T) {
	t.Parallel()
	for name, newPeer := range peers(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			runTransportContract(t, newPeer)
		})
	}
}

func runTransportContract(t *testing.T, newPeer func(t *testing.T) *peer) {
	t.Run("every message arrives whole and in order, and is accepted", func(t *testing.T) {
		p := newPeer(t)
		s := dial(t, p)
		const n = 60
		texts, batch, ends := messages(s, n)
		got := make(chan [][]byte)
		go func() { got <- p.receive(t, n) }()
		if err := s.Send(batch, ends, noWait); err != nil {
			t.Fatal(err)
		}
		arrived := <-got
		for i := range texts {
			if i >= len(arrived) || !bytes.Equal(texts[i], arrived[i]) {
				t.Fatalf("message %d is not what was sent", i)
			}
		}
		testbed.Eventually(t, "everything is accepted", func() bool { return s.Accepted() == uint64(len(batch)) })
	})
	t.Run("a peer that does not read is waited for, until there is a reason not to", func(t *testing.T) {
		p := newPeer(t)
		s := dial(t, p)
		if p.transport.(interface{ String() string }).String()[:3] == "udp" {
			return // UDP does not wait for anybody
		}
		_, batch, ends := messages(s, 200)
		enough := errors.New("enough")
		var err error
		for range 1000 {
			if err = s.Send(batch, ends, func() error { return enough }); err != nil {
				break
			}
		}
		if err != enough {
			t.Errorf("Send ends with %v", err)
		}
	})
	t.Run("nobody there", func(t *testing.T) {
		p := newPeer(t)
		if p.stream != nil {
			p.stream.Close()
		} else {
			p.datagrams.Close()
		}
		s, err := p.transport.Dial(t.Context())
		if err != nil {
			return // it is known at once
		}
		defer s.Close(canceled())
		_, batch, ends := messages(s, 1)
		_ = s.Send(batch, ends, noWait) // the refusal may be there already
		<-s.Broken()
		if s.Err() == nil || s.Accepted() != 0 {
			t.Errorf("broken by %v, and %d bytes accepted", s.Err(), s.Accepted())
		}
	})
	t.Run("the peer goes", func(t *testing.T) {
		p := newPeer(t)
		if p.stream == nil {
			return // there is nothing to go
		}
		s := dial(t, p)
		p.accept(t).Close()
		<-s.Broken()
		if s.Err() == nil || s.Close(t.Context()) == nil {
			t.Errorf("a session whose peer has gone: Err %v, and Close finds it in order", s.Err())
		}
	})
	t.Run("the peer resets", func(t *testing.T) {
		p := newPeer(t)
		if p.stream == nil || p.stream.Addr().Network() != "tcp" {
			return
		}
		s := dial(t, p)
		c := tcpOf(p.accept(t))
		if err := c.SetLinger(0); err != nil {
			t.Fatal(err)
		}
		c.Close()
		<-s.Broken()
		if !errors.Is(s.Err(), unix.ECONNRESET) {
			t.Errorf("broken by %v", s.Err())
		}
	})
	t.Run("a clean end", func(t *testing.T) {
		p := newPeer(t)
		s := dial(t, p)
		_, batch, ends := messages(s, 20)
		drained := make(chan struct{})
		go func() {
			defer close(drained)
			if p.datagrams != nil {
				p.receive(t, 20)
				return
			}
			c := p.accept(t)
			io.Copy(io.Discard, c)
			c.Close()
		}()
		if err := s.Send(batch, ends, noWait); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(t.Context()); err != nil {
			t.Errorf("Close: %v", err)
		}
		<-drained
	})
	t.Run("a peer that does not close its side", func(t *testing.T) {
		p := newPeer(t)
		if p.stream == nil {
			return
		}
		s := dial(t, p)
		p.accept(t)
		if err := s.Close(canceled()); err == nil {
			t.Error("Close finds in order what is not known to have arrived")
		}
	})
}

// TestUnreadBytesAreNotAccepted: what the peer's kernel has not acknowledged
// does not count, however much Send has taken.
func TestUnreadBytesAreNotAccepted(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"tcp", "tls"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := peers(t)[name](t)
			s := dial(t, p)
			c := tcpOf(p.accept(t))
			if err := c.SetReadBuffer(64 << 10); err != nil {
				t.Fatal(err)
			}
			_, batch, ends := messages(s, 20)
			enough := errors.New("enough")
			var given, accepted uint64
			for range 10000 {
				given += uint64(len(batch))
				if s.Send(batch, ends, func() error { accepted = s.Accepted(); return enough }) != nil {
					break
				}
			}
			if accepted >= given || accepted == 0 {
				t.Errorf("%d bytes accepted of %d, while the peer reads nothing", accepted, given)
			}
		})
	}
}

// TestSendDoesNotAllocate: at low rates each line is sent by itself, and each time the kernel is asked what the peer
// has.
func TestSendDoesNotAllocate(t *testing.T) {
	p := peers(t)["tcp"](t)
	s := dial(t, p)
	go io.Copy(io.Discard, p.accept(t))
	_, batch, ends := messages(s, 1)
	waiting := func() error { return nil }
	var err error
	if n := testing.AllocsPerRun(1000, func() {
		err = errors.Join(err, s.Send(batch, ends, waiting))
		s.Accepted()
	}); n != 0 || err != nil {
		t.Errorf("%v allocations, %v", n, err)
	}
}

// TestAcceptedBehindTheEnd: what a peer had read when it ended its side in good order is accepted, though
// nobody asked before; a reset behind that leaves nothing to go by.
func TestAcceptedBehindTheEnd(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"tcp", "tls"} {
		for _, reset := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/reset %t", name, reset), func(t *testing.T) {
				t.Parallel()
				p := peers(t)[name](t)
				s := dial(t, p)
				c := p.accept(t)
				_, batch, ends := messages(s, 20)
				if err := s.Send(batch, ends, noWait); err != nil {
					t.Fatal(err)
				}
				if _, err := io.ReadFull(c, make([]byte, len(batch))); err != nil {
					t.Fatal(err)
				}
				if err := c.(interface{ CloseWrite() error }).CloseWrite(); err != nil {
					t.Fatal(err)
				}
				<-s.Broken()
				if !InGoodOrder(s.Err()) {
					t.Fatalf("the session has ended: %v", s.Err())
				}
				if reset {
					_ = tcpOf(c).SetLinger(0)
					_ = tcpOf(c).Close()
					testbed.Eventually(t, "the reset is there", func() bool { return s.Send(batch, ends, noWait) != nil })
				}
				if want := map[bool]uint64{true: 0, false: uint64(len(batch))}[reset]; s.Accepted() != want {
					t.Errorf("%d bytes are accepted, want %d", s.Accepted(), want)
				}
				Abandon(s)
			})
		}
	}
}

// TestSessionsLeaveNoDescriptor: a web server that runs for years connects often.
func TestSessionsLeaveNoDescriptor(t *testing.T) {
	testbed.OverConnections(t, func(t *testing.T, scheme string) {
		c := testbed.NewCentralOver(t, scheme)
		host, port := c.HostPort()
		tr, err := New(Server{Scheme: scheme, Host: host, Port: port}, Options{
			Framing: syslogfmt.OctetCounting, ConnectTimeout: testbed.Patience, TLS: trust.Options{CAFile: c.CAFile()},
		})
		if err != nil {
			t.Fatal(err)
		}
		use := func(n int) {
			for i := range n {
				s, err := tr.Dial(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				switch i % 3 {
				case 0:
					if err := s.Close(t.Context()); err != nil {
						t.Fatal(err)
					}
				case 1:
					Abandon(s)
				case 2:
					c.Kill()
					<-s.Broken()
					Abandon(s)
					if s, err := tr.Dial(t.Context()); err == nil { // nobody listens
						t.Fatalf("connected: %v", s)
					}
					c.Open()
				}
			}
		}
		use(3)
		before := testbed.Descriptors(t)
		use(99)
		testbed.Eventually(t, "the descriptors are given back", func() bool { return testbed.Descriptors(t) <= before })
	})
}
