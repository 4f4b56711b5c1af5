package transport

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"httpd-syslog/forwarder/syslogfmt"
	"httpd-syslog/forwarder/testbed"
	"httpd-syslog/forwarder/trust"
	"httpd-syslog/forwarder/trust/trusttest"
)

func tlsServer(l net.Listener) Server {
	host, port, _ := net.SplitHostPort(l.Addr().String())
	return Server{Scheme: "tls", Host: host, Port: port}
}

func dialOver(t *testing.T, s Server, o trust.Options) (Session, error) {
	t.Helper()
	tr, err := New(s, Options{Framing: syslogfmt.OctetCounting, ConnectTimeout: testbed.Patience, TLS: o})
	if err != nil {
		t.Fatal(err)
	}
	s2, err := tr.Dial(t.Context())
	if err == nil {
		t.Cleanup(func() { Abandon(s2) })
	}
	return s2, err
}

// TestServerIsVerified: each way a server can fail to be the one we want has an
// error that says which, and what to do.
func TestServerIsVerified(t *testing.T) {
	t.Parallel()
	a := trusttest.Shared(t)
	stranger := trusttest.New(t, "Stranger CA", nil)
	good := a.Sign(t, nil)
	selfSigned := stranger.Sign(t, nil)
	for name, c := range map[string]struct {
		server *tls.Config
		client trust.Options
		want   string // in the error; empty: none
	}{
		"trusted":     {&tls.Config{Certificates: []tls.Certificate{good}}, trust.Options{CAFile: a.File(t)}, ""},
		"server_name": {&tls.Config{Certificates: []tls.Certificate{good}}, trust.Options{CAFile: a.File(t), ServerName: "localhost"}, ""},
		"expired": {&tls.Config{Certificates: []tls.Certificate{a.Sign(t, func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) })}},
			trust.Options{CAFile: a.File(t)}, "has expired: it was valid until"},
		"not yet valid": {&tls.Config{Certificates: []tls.Certificate{a.Sign(t, func(c *x509.Certificate) { c.NotBefore = time.Now().Add(time.Minute) })}},
			trust.Options{CAFile: a.File(t)}, "check this machine's clock"},
		"wrong name": {&tls.Config{Certificates: []tls.Certificate{good}}, trust.Options{CAFile: a.File(t), ServerName: "logs.example.com"},
			"is not for logs.example.com but for localhost, 127.0.0.1, ::1: correct the address, or set server_name"},
		"unknown authority": {&tls.Config{Certificates: []tls.Certificate{selfSigned}}, trust.Options{CAFile: a.File(t)},
			"signed by an authority that is not trusted (CN=Stranger CA): set ca_file"},
		"system's authorities": {&tls.Config{Certificates: []tls.Certificate{good}}, trust.Options{}, "(CN=Test CA): set ca_file"},
		"old protocol": {&tls.Config{Certificates: []tls.Certificate{good}, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11},
			trust.Options{CAFile: a.File(t)}, "protocol version"},
		"pinned":               {&tls.Config{Certificates: []tls.Certificate{selfSigned}}, trust.Options{Fingerprint: trusttest.Fingerprint(selfSigned)}, ""},
		"another than pinned":  {&tls.Config{Certificates: []tls.Certificate{good}}, trust.Options{Fingerprint: trusttest.Fingerprint(selfSigned)}, "is not the pinned one: its fingerprint is " + trusttest.Fingerprint(good)},
		"pinned and authority": {&tls.Config{Certificates: []tls.Certificate{selfSigned}}, trust.Options{Fingerprint: trusttest.Fingerprint(selfSigned), CAFile: a.File(t)}, "not trusted"},
		"no such file":         {&tls.Config{Certificates: []tls.Certificate{good}}, trust.Options{CAFile: "/nonexistent/ca.pem"}, "ca_file /nonexistent/ca.pem: no such file"},
	} {
		t.Run(name, func(t *testing.T) {
			l := newTLSListener(t, c.server)
			_, err := dialOver(t, tlsServer(l), c.client)
			switch {
			case c.want == "" && err != nil:
				t.Errorf("refused: %v", err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("error %v\nwant  …%s…", err, c.want)
			}
		})
	}
}

func TestServerThatDoesNotSpeakTLS(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			io.WriteString(c, "220 mail.example.com ESMTP\r\n")
			c.Close()
		}
	}()
	_, err = dialOver(t, tlsServer(l), trust.Options{})
	if err == nil || !strings.Contains(err.Error(), "does not speak TLS on this port") {
		t.Errorf("error %v", err)
	}
}

// TestHandshakeIsBounded: a server that accepts and says nothing, or not enough, is given
// up, and the error tells the two apart.
func TestHandshakeIsBounded(t *testing.T) {
	t.Parallel()
	silent, err := net.Listen("tcp", "127.0.0.1:0") // the kernel takes connections for it
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	const bytes = 40 // that the other one gets to say
	stuck := relayed(t, newTLSListener(t, trusttest.Shared(t).Server(t)).Addr().String(), 0, bytes)
	for name, c := range map[string]struct {
		scheme string
		server net.Listener
		want   string
	}{
		"silent":      {"tls", silent, "TLS handshake: the server has taken the connection, and has said nothing within connect_timeout"},
		"half a word": {"tls", stuck, "TLS handshake: the server has begun to answer, but the handshake was not done within connect_timeout"},
		"RELP":        {"relp", silent, "RELP: no answer to open: the server has taken the connection, and has said nothing in time: it may not speak RELP"},
	} {
		t.Run(name, func(t *testing.T) {
			s := tlsServer(c.server)
			s.Scheme = c.scheme
			address, err := TryConnect(t.Context(), s, Options{ConnectTimeout: 100 * time.Millisecond, TLS: trust.Options{CAFile: trusttest.Shared(t).File(t)}})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v", err)
			}
			if address != net.JoinHostPort(s.Host, s.Port) {
				t.Errorf("at %q", address)
			}
		})
	}
}

// relayed is a listener whose connections go on to address, with a delay on each way. Of
// what comes back so many bytes are let through; less than 0: all.
func relayed(t *testing.T, address string, delay time.Duration, bytes int64) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var copying sync.WaitGroup
	t.Cleanup(func() { l.Close(); copying.Wait() })
	pass := func(to, from net.Conn, limit int64) {
		defer to.Close()
		buf := make([]byte, 1<<16)
		for {
			n, err := from.Read(buf)
			time.Sleep(delay)
			if limit >= 0 {
				n, limit = int(min(int64(n), limit)), max(0, limit-int64(n))
			}
			if _, werr := to.Write(buf[:n]); err != nil || werr != nil {
				return
			}
		}
	}
	copying.Go(func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", address)
			if err != nil {
				near.Close()
				continue
			}
			copying.Go(func() { pass(far, near, -1) })
			copying.Go(func() { pass(near, far, bytes) })
		}
	})
	return l
}

// TestObjectionFromAfar: a server's objection to our certificate is waited for as long as
// its way is.
func TestObjectionFromAfar(t *testing.T) {
	t.Parallel()
	a := trusttest.Shared(t)
	config := a.Server(t)
	config.ClientAuth, config.ClientCAs = tls.RequireAndVerifyClientCert, trusttest.New(t, "Another CA", nil).Pool()
	far := relayed(t, newTLSListener(t, config).Addr().String(), 200*time.Millisecond, -1)
	o := trust.Options{CAFile: a.File(t)}
	o.CertFile, o.KeyFile = trusttest.WritePair(t, t.TempDir(), a.Sign(t, nil))
	if _, err := dialOver(t, tlsServer(far), o); !IsUnwanted(err) || !strings.Contains(err.Error(), "our certificate is CN=log server") {
		t.Errorf("error %v", err)
	}
}

// TestServerHangsUpOnOurCertificate: without an alert, as GnuTLS does when it is told to
// verify later; it is understood under both versions of TLS.
func TestServerHangsUpOnOurCertificate(t *testing.T) {
	t.Parallel()
	a := trusttest.Shared(t)
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		for _, reset := range []bool{false, true} {
			t.Run(fmt.Sprint(tls.VersionName(version), " reset ", reset), func(t *testing.T) {
				config := a.Server(t)
				config.ClientAuth, config.MaxVersion = tls.RequireAnyClientCert, version
				raw := make(chan *net.TCPConn, 1)
				config.VerifyPeerCertificate = func([][]byte, [][]*x509.Certificate) error {
					c := <-raw
					if reset {
						_ = c.SetLinger(0)
					}
					c.Close()
					return errors.New("not for you")
				}
				config.GetConfigForClient = func(h *tls.ClientHelloInfo) (*tls.Config, error) {
					raw <- h.Conn.(*net.TCPConn)
					return nil, nil
				}
				o := trust.Options{CAFile: a.File(t)}
				o.CertFile, o.KeyFile = trusttest.WritePair(t, t.TempDir(), a.Sign(t, nil))
				_, err := dialOver(t, tlsServer(newTLSListener(t, config)), o)
				if !IsUnwanted(err) || !strings.Contains(err.Error(), "it had asked for our certificate, and may not like it (our certificate is CN=log server") {
					t.Errorf("error %v", err)
				}
			})
		}
	}
}

// TestAddressOfAServer: the address that a name stood for is told, with an error as well.
func TestAddressOfAServer(t *testing.T) {
	t.Parallel()
	l := newTLSListener(t, trusttest.Shared(t).Server(t))
	s := tlsServer(l)
	for _, c := range []struct {
		scheme, want string
		options      trust.Options
		good         bool
	}{
		{"tcp", l.Addr().String(), trust.Options{}, true},
		{"udp", l.Addr().String(), trust.Options{}, true},
		{"tls", l.Addr().String(), trust.Options{CAFile: trusttest.Shared(t).File(t)}, true},
		{"tls", l.Addr().String(), trust.Options{CAFile: trusttest.New(t, "Another CA", nil).File(t)}, false},
		{"tls", "", trust.Options{CAFile: "/nonexistent"}, false},
	} {
		address, err := TryConnect(t.Context(), Server{Scheme: c.scheme, Host: "localhost", Port: s.Port}, Options{ConnectTimeout: testbed.Patience, TLS: c.options})
		// localhost is ::1 as well, where nobody listens.
		if (err == nil) != c.good || address != c.want && (c.scheme != "udp" || !strings.HasSuffix(address, ":"+s.Port)) {
			t.Errorf("%s: at %q, want %q: %v", c.scheme, address, c.want, err)
		}
	}
	l.Close()
	address, err := TryConnect(t.Context(), Server{Scheme: "tcp", Host: "localhost", Port: s.Port}, Options{ConnectTimeout: testbed.Patience})
	if err == nil || !strings.Contains(address, l.Addr().String()) {
		t.Errorf("refused at %q: %v", address, err)
	}
}

// TestClientCertificate: a server that wants one gets it, and one that does not
// like it is understood, under both versions of TLS.
func TestClientCertificate(t *testing.T) {
	t.Parallel()
	a := trusttest.Shared(t)
	stranger := trusttest.New(t, "Stranger CA", nil)
	old := func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) }
	for name, c := range map[string]struct {
		cert *tls.Certificate
		want string
	}{
		"good":     {new(a.Sign(t, nil)), ""},
		"none":     {nil, "set cert_file and key_file"},
		"expired":  {new(a.Sign(t, old)), "our certificate, CN=log server, issued by CN=Test CA, has expired"},
		"stranger": {new(stranger.Sign(t, nil)), "issued by CN=Stranger CA"},
	} {
		for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
			t.Run(name+" "+tls.VersionName(version), func(t *testing.T) {
				config := a.Server(t)
				config.ClientAuth, config.ClientCAs, config.MaxVersion = tls.RequireAndVerifyClientCert, a.Pool(), version
				l := newTLSListener(t, config)
				o := trust.Options{CAFile: a.File(t)}
				if c.cert != nil {
					o.CertFile, o.KeyFile = trusttest.WritePair(t, t.TempDir(), *c.cert)
				}
				_, err := dialOver(t, tlsServer(l), o)
				if c.want == "" {
					if err != nil {
						t.Fatal(err)
					}
					l.Accept()
					return
				}
				if !IsUnwanted(err) || !strings.Contains(err.Error(), "the server refuses the connection") || !strings.Contains(err.Error(), c.want) {
					t.Errorf("error %v\nwant  …%s…", err, c.want)
				}
				if _, err := TryConnect(t.Context(), tlsServer(l), Options{ConnectTimeout: testbed.Patience, TLS: o}); !IsUnwanted(err) {
					t.Errorf("TryConnect: %v", err)
				}
			})
		}
	}
}

// TestCertificatesAreReadAgain: those that were renewed on the disk are shown
// at the next connection.
func TestCertificatesAreReadAgain(t *testing.T) {
	t.Parallel()
	a := trusttest.Shared(t)
	config := a.Server(t)
	config.ClientAuth, config.ClientCAs = tls.RequireAndVerifyClientCert, a.Pool()
	l := newTLSListener(t, config)
	dir := t.TempDir()
	o := trust.Options{CAFile: a.File(t)}
	for range 2 {
		pair := a.Sign(t, nil)
		o.CertFile, o.KeyFile = trusttest.WritePair(t, dir, pair)
		if _, err := dialOver(t, tlsServer(l), o); err != nil {
			t.Fatal(err)
		}
		c, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		if shown := c.(*tls.Conn).ConnectionState().PeerCertificates[0]; !bytes.Equal(shown.Raw, pair.Leaf.Raw) {
			t.Error("the certificate shown is not the one on the disk")
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "key.pem"), []byte("-----BEGIN"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := dialOver(t, tlsServer(l), o); err == nil || !strings.Contains(err.Error(), "key_file") {
		t.Errorf("half a key file: %v", err)
	}
}

// TestEndWithoutCloseNotify: one that comes after our own is in order, one in the
// middle of a record is not.
func TestEndWithoutCloseNotify(t *testing.T) {
	t.Parallel()
	a := trusttest.Shared(t)
	for rubbish, inOrder := range map[string]bool{"": true, "\x17\x03\x03": false} {
		l := newTLSListener(t, a.Server(t))
		s, err := dialOver(t, tlsServer(l), trust.Options{CAFile: a.File(t)})
		if err != nil {
			t.Fatal(err)
		}
		c, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			io.Copy(io.Discard, c)
			below := c.(*tls.Conn).NetConn()
			io.WriteString(below, rubbish)
			below.Close()
		}()
		if err := s.Close(t.Context()); (err == nil) != inOrder {
			t.Errorf("Close after %q: %v", rubbish, err)
		}
	}
}

// TestTLSAcceptanceFollowsThePeer: bytes that a slow peer's kernel takes bit by
// bit are accepted bit by bit, never more than what it got, and in the end all.
func TestTLSAcceptanceFollowsThePeer(t *testing.T) {
	t.Parallel()
	p := peers(t)["tls"](t)
	s := dial(t, p)
	c := p.accept(t)
	if err := tcpOf(c).SetReadBuffer(64 << 10); err != nil {
		t.Fatal(err)
	}
	_, batch, ends := messages(s, 50)
	const times = 20
	read := make(chan error, 1)
	go func() {
		buf := make([]byte, 8192)
		n := 0
		for n < times*len(batch) {
			k, err := c.Read(buf)
			if n += k; err != nil {
				read <- err
				return
			}
		}
		read <- nil
	}()
	var before uint64
	for i := range times {
		if err := s.Send(batch, ends, noWait); err != nil {
			t.Fatal(err)
		}
		a := s.Accepted()
		if a < before || a > uint64((i+1)*len(batch)) {
			t.Fatalf("accepted %d after %d", a, before)
		}
		before = a
	}
	if err := <-read; err != nil {
		t.Fatal(err)
	}
	testbed.Eventually(t, "all is accepted", func() bool { return s.Accepted() == uint64(times*len(batch)) })
}

// writeCounter counts the writes to a socket.
type writeCounter struct {
	halfCloser
	n atomic.Int32
}

func (c *writeCounter) Write(b []byte) (int, error) {
	c.n.Add(1)
	return c.halfCloser.Write(b)
}

// dialCounted is a connection to a server of the authority, and the writes to its socket.
func dialCounted(t *testing.T, a *trusttest.Authority, l net.Listener) (*tlsConn, *writeCounter) {
	t.Helper()
	tcp, err := dialTCP(t.Context(), tlsServer(l), Timing{})
	if err != nil {
		t.Fatal(err)
	}
	plain, err := newPlainTCP(tcp)
	if err != nil {
		t.Fatal(err)
	}
	counter := &writeCounter{halfCloser: plain.halfCloser}
	plain.halfCloser = counter
	client, err := (&trust.Options{CAFile: a.File(t)}).Client("localhost")
	if err != nil {
		t.Fatal(err)
	}
	conn, err := newTLSConn(t.Context(), plain, client)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn, counter
}

// TestRecordsAreWrittenTogether: one write to the socket for all records of a batch,
// and what is acknowledged is still known for each batch.
func TestRecordsAreWrittenTogether(t *testing.T) {
	t.Parallel()
	a := trusttest.Shared(t)
	l := newTLSListener(t, a.Server(t))
	received := make(chan int64, 1)
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		n, _ := io.Copy(io.Discard, c) // its end is the connection's
		received <- n
	}()
	conn, counter := dialCounted(t, a, l)
	const batches = 5
	batch := bytes.Repeat([]byte("x"), streamBatch)
	before := counter.n.Load()
	for range batches {
		if _, err := conn.WriteWaiting(batch, func() error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	if n := counter.n.Load() - before; n != batches {
		t.Errorf("%d batches of %d records are %d writes", batches, streamBatch/(16<<10), n)
	}
	testbed.Eventually(t, "all is acknowledged", func() bool {
		n, err := conn.acknowledged()
		if err != nil {
			t.Fatal(err)
		}
		return n == batches*streamBatch
	})
	if err := conn.CloseWrite(); err != nil {
		t.Error(err)
	}
	if n := <-received; n != batches*streamBatch {
		t.Errorf("%d bytes arrived", n)
	}
}

// TestWriteThatIsGivenUp: an error of waiting ends a write to a peer that does not read, and with it the connection.
func TestWriteThatIsGivenUp(t *testing.T) {
	t.Parallel()
	a := trusttest.Shared(t)
	l := newTLSListener(t, a.Server(t))
	over := make(chan struct{})
	defer close(over)
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		<-over
		c.Close()
	}()
	conn, _ := dialCounted(t, a, l)
	enough := errors.New("enough")
	if _, err := conn.WriteWaiting(make([]byte, 64<<20), func() error { return enough }); err != enough {
		t.Errorf("the write ends with %v", err)
	}
	if _, err := conn.WriteWaiting([]byte("more"), func() error { return nil }); err == nil {
		t.Error("the connection takes more")
	}
}
