package trust

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"httpd-syslog/forwarder/testbed"
	"httpd-syslog/forwarder/trust/trusttest"
)

// let has a client connect to a server, do something, and close.
func let(t *testing.T, s *Server, client func(net.Conn)) (name string, err error) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	done := make(chan struct{})
	go func() {
		defer close(done)
		conn, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			return
		}
		defer conn.Close()
		client(conn)
	}()
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	_, name, err = s.Handshake(t.Context(), conn)
	conn.Close()
	<-done
	return name, err
}

// withCert is a client that shows a certificate.
func withCert(certs ...tls.Certificate) func(net.Conn) {
	return func(conn net.Conn) {
		c := tls.Client(conn, &tls.Config{InsecureSkipVerify: true, GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			if len(certs) == 0 {
				return new(tls.Certificate), nil
			}
			return &certs[0], nil
		}})
		if c.Handshake() == nil {
			_, _ = c.Read(make([]byte, 1))
		}
	}
}

// saying is a client that says something else than TLS, and waits for the end.
func saying(text string) func(net.Conn) {
	return func(conn net.Conn) {
		if _, err := io.WriteString(conn, text); err == nil {
			_, _ = io.Copy(io.Discard, conn)
		}
	}
}

// called is a certificate for these names alone.
func called(names ...string) func(*x509.Certificate) {
	return func(c *x509.Certificate) { c.DNSNames, c.IPAddresses = names, nil }
}

// TestClients: who is let in, under which name, and what is said of the others.
func TestClients(t *testing.T) {
	ours, other := trusttest.New(t, "Ours", nil), trusttest.New(t, "Other", nil)
	certFile, keyFile := trusttest.WritePair(t, t.TempDir(), ours.Sign(t, nil))
	web1 := ours.Sign(t, called("WEB1.web.example.com"))
	pinned := other.Sign(t, called("pinned.example.com"))
	past := ours.Sign(t, func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) })
	serverOnly := ours.Sign(t, func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} })
	pattern := []string{"*.web.example.com"}
	for name, tt := range map[string]struct {
		ca      *trusttest.Authority
		clients []string
		client  func(net.Conn)
		want    string      // its name
		kind    ClientFault // or what is said
		says    string
	}{
		"anybody":                          {nil, nil, withCert(), "", 0, ""},
		"by a pattern":                     {ours, pattern, withCert(web1), "web1.web.example.com", 0, ""},
		"by its name":                      {ours, []string{"a", "web1.web.example.com"}, withCert(web1), "web1.web.example.com", 0, ""},
		"by its second name":               {ours, pattern, withCert(ours.Sign(t, called("x.example.com", "b.web.example.com"))), "b.web.example.com", 0, ""},
		"by its authority":                 {ours, nil, withCert(web1), "web1.web.example.com", 0, ""},
		"by its authority, without a name": {ours, nil, withCert(ours.Sign(t, called())), "sha256:", 0, ""},
		"by its authority, with odd names": {ours, nil, withCert(ours.Sign(t, called("*.example.com", "../etc", "ok.example.com"))), "ok.example.com", 0, ""},
		"by its fingerprint alone":         {nil, []string{trusttest.Fingerprint(pinned)}, withCert(pinned), "pinned.example.com", 0, ""},
		"by fingerprint and authority":     {ours, []string{trusttest.Fingerprint(web1)}, withCert(web1), "web1.web.example.com", 0, ""},

		"two labels for one *":         {ours, pattern, withCert(ours.Sign(t, called("a.b.web.example.com"))), "", Stranger, "is for a.b.web.example.com, which clients does not have"},
		"no label for *":               {ours, pattern, withCert(ours.Sign(t, called("web.example.com"))), "", Stranger, "which clients does not have"},
		"a certificate with *":         {ours, pattern, withCert(ours.Sign(t, called("*.web.example.com"))), "", Stranger, "which clients does not have"},
		"another name":                 {ours, pattern, withCert(ours.Sign(t, called("evil.example.com"))), "", Stranger, "is for evil.example.com, which clients does not have: add the name, or the certificate's fingerprint sha256:"},
		"a pinned one of another CA":   {ours, []string{trusttest.Fingerprint(pinned)}, withCert(pinned), "", Stranger, "is not signed by an authority of client_ca_file"},
		"another than the pinned one":  {nil, []string{trusttest.Fingerprint(pinned)}, withCert(web1), "", Stranger, "which clients does not have"},
		"another authority":            {ours, pattern, withCert(other.Sign(t, called("a.web.example.com"))), "", Stranger, "issued by CN=Other) is not signed by an authority of client_ca_file"},
		"no certificate":               {ours, pattern, withCert(), "", Stranger, "has shown no certificate"},
		"no certificate, where pinned": {nil, []string{trusttest.Fingerprint(pinned)}, withCert(), "", Stranger, "has shown no certificate"},
		"an expired one":               {ours, nil, withCert(past), "", Stranger, "it has expired: it was valid until"},
		"one for servers":              {ours, nil, withCert(serverOnly), "", Stranger, "have one issued whose extended key usage has clientAuth"},
		"syslog in plain text":         {ours, nil, saying("<13>Oct 11 22:14:15 t: x\n"), "", NotTLS, `sends syslog without TLS: switch it to TLS`},
		"counted syslog in plain text": {ours, nil, saying("20 <13>1 - - - - - - x"), "", NotTLS, `(what it says begins with "20 <1")`},
		"RELP in plain text":           {ours, nil, saying("1 open 5 a=b\nc\n"), "", NotTLS, "speaks RELP without TLS: its address here should be relp+tls"},
		"HTTP":                         {ours, nil, saying("GET / HTTP/1.1\r\n\r\n"), "", NotTLS, "speaks HTTP"},
		"garbage":                      {ours, nil, saying("\x00\xff\x1b[2J\x00"), "", NotTLS, `begins with "\x00\xff\x1b[2"`},
		"a probe":                      {ours, nil, func(net.Conn) {}, "", Silent, "without a word"},
		"half a hello":                 {ours, nil, func(c net.Conn) { _, _ = io.WriteString(c, "\x16\x03\x01\x01\x00") }, "", Failed, "has ended the connection during the handshake"},
		"TLS 1.1": {ours, nil, func(c net.Conn) {
			_ = tls.Client(c, &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}).Handshake()
		}, "", Failed, "no version of TLS that is accepted here"},
		"one that does not trust us": {nil, nil, func(c net.Conn) {
			_ = tls.Client(c, &tls.Config{RootCAs: other.Pool(), ServerName: "localhost"}).Handshake()
		}, "", Failed, "the client refuses the connection: tls: bad certificate (our certificate is CN=log server, for localhost"},
	} {
		t.Run(name, func(t *testing.T) {
			o := ServerOptions{CertFile: certFile, KeyFile: keyFile, Clients: tt.clients}
			if tt.ca != nil {
				o.ClientCAFile = tt.ca.File(t)
			}
			s, err := NewServer(o, nil)
			if err != nil {
				t.Fatal(err)
			}
			got, err := let(t, s, tt.client)
			var fault *ClientError
			switch {
			case tt.says == "" && err == nil && strings.HasPrefix(got, tt.want):
			case tt.says == "" || !errors.As(err, &fault) || fault.Kind != tt.kind || !strings.Contains(err.Error(), tt.says):
				t.Errorf("%q, %v", got, err)
			}
		})
	}
}

// TestServerFiles: files that cannot be used are all named at once.
func TestServerFiles(t *testing.T) {
	dir := t.TempDir()
	a := trusttest.Shared(t)
	certFile, keyFile := trusttest.WritePair(t, dir, a.Sign(t, nil))
	otherKey := trusttest.Write(t, filepath.Join(dir, "other"), trusttest.KeyPEM(t, a.Sign(t, nil)))
	for _, tt := range []struct {
		o    ServerOptions
		want string
	}{
		{ServerOptions{CertFile: dir + "/none", KeyFile: dir + "/none", ClientCAFile: keyFile}, "cert_file " + dir + "/none: no such file or directory; key_file " + dir + "/none: no such file or directory; client_ca_file " + keyFile + ": line 1: there is a"},
		{ServerOptions{CertFile: certFile, KeyFile: otherKey}, "it is the key of another certificate"},
	} {
		if _, err := NewServer(tt.o, nil); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%v, want %q", err, tt.want)
		}
	}
	o := ServerOptions{CertFile: certFile, KeyFile: keyFile, ClientCAFile: a.File(t)}
	found, errs := o.Check(time.Now().Add(2 * time.Hour))
	if len(found) != 2 || len(errs) != 2 || !strings.Contains(fmt.Sprint(errs), "it has expired") {
		t.Errorf("%q, %v", found, errs)
	}
}

// renewal is a server whose files a test changes.
type renewal struct {
	*Server
	t    *testing.T
	o    ServerOptions
	told []string
}

func newRenewal(t *testing.T) *renewal {
	r := &renewal{t: t}
	r.o.CertFile, r.o.KeyFile = trusttest.WritePair(t, t.TempDir(), trusttest.Shared(t).Sign(t, nil))
	var err error
	r.Server, err = NewServer(r.o, func(c *x509.Certificate, err error) {
		r.told = append(r.told, fmt.Sprint(c.Subject, " ", err))
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// shows has a client look at the certificate.
func (r *renewal) shows() (subject string) {
	r.t.Helper()
	if _, err := let(r.t, r.Server, func(conn net.Conn) {
		c := tls.Client(conn, &tls.Config{InsecureSkipVerify: true})
		if c.Handshake() == nil {
			subject = c.ConnectionState().PeerCertificates[0].Subject.CommonName
		}
	}); err != nil {
		r.t.Fatal(err)
	}
	return subject
}

// TestRenewal: a new certificate is in force for the next handshake; files that cannot be used change
// nothing, and are told of once.
func TestRenewal(t *testing.T) {
	r := newRenewal(t)
	named := func(name string) tls.Certificate {
		return trusttest.Shared(t).Sign(t, func(c *x509.Certificate) { c.Subject.CommonName = name })
	}
	if got := r.shows(); got != "log server" {
		t.Fatal(got)
	}
	trusttest.WritePair(t, filepath.Dir(r.o.CertFile), named("second"))
	if got := r.shows(); got != "second" || len(r.told) != 1 || r.told[0] != "CN=second <nil>" {
		t.Fatalf("%q, %q", got, r.told)
	}
	trusttest.Write(t, r.o.CertFile, trusttest.CertPEM(named("third"))) // and its key not yet
	if got := r.shows(); got != "second" || len(r.told) != 1 {
		t.Fatalf("%q, %q", got, r.told)
	}
	testbed.Eventually(t, "the mistake is told", func() bool { return r.shows() == "second" && len(r.told) == 2 })
	for range 5 {
		r.Refresh()
	}
	if len(r.told) != 2 || !strings.HasPrefix(r.told[1], "CN=second key_file "+r.o.KeyFile+": it is the key of another certificate") {
		t.Fatalf("%q", r.told)
	}
	trusttest.WritePair(t, filepath.Dir(r.o.CertFile), named("fourth"))
	if got := r.shows(); got != "fourth" || len(r.told) != 3 {
		t.Fatalf("%q, %q", got, r.told)
	}
	if err := r.Set(ServerOptions{CertFile: "/none", KeyFile: "/none"}); err == nil || r.shows() != "fourth" {
		t.Errorf("%v", err)
	}
}

// TestNoRenegotiation: a client that asks for another handshake ends the connection.
func TestNoRenegotiation(t *testing.T) {
	program := testbed.Need(t, "openssl")
	r := newRenewal(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	cmd := exec.Command(program, "s_client", "-tls1_2", "-connect", l.Addr().String())
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = cmd.Process.Kill() // it may have ended
		_ = cmd.Wait()
	}()
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	secure, _, err := r.Handshake(t.Context(), conn)
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.SetDeadline(time.Now().Add(testbed.Patience)); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, len("hello\n"))
	if _, err = io.WriteString(stdin, "hello\n"); err == nil {
		_, err = io.ReadFull(secure, got)
	}
	if err == nil {
		_, err = io.WriteString(stdin, "R\n") // which is its command to renegotiate
	}
	if err != nil {
		t.Fatal(err)
	}
	_, err = secure.Read(got)
	if err == nil || !strings.Contains(err.Error(), "unexpected") {
		t.Errorf("%v", err)
	}
	t.Log(err)
}
