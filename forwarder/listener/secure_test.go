package listener

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/testbed"
	"httpd-syslog/forwarder/trust/trusttest"
)

// news are the events that a listener tells.
type news struct {
	mu   sync.Mutex
	told []string
}

func (n *news) tell(e event.Event) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.told = append(n.told, e.String())
}

// have reports whether one of the events begins with a text behind "listener URL: ".
func (n *news) have(text string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.ContainsFunc(n.told, func(told string) bool {
		_, after, _ := strings.Cut(told, "0: ")
		return strings.HasPrefix(after, text)
	})
}

// as is a client that shows a certificate for a name.
func (s *served) as(by *trusttest.Authority, name string) *tls.Conn {
	s.t.Helper()
	conn, err := net.Dial("tcp", s.Addr().String())
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { conn.Close() })
	c := tls.Client(conn, &tls.Config{RootCAs: trusttest.Shared(s.t).Pool(), ServerName: "localhost",
		Certificates: []tls.Certificate{by.Sign(s.t, func(c *x509.Certificate) { c.DNSNames = []string{name} })}})
	if err := c.SetDeadline(time.Now().Add(testbed.Patience)); err != nil {
		s.t.Fatal(err)
	}
	return c
}

const message = "<13>Oct 11 22:14:15 t: x\n"

// TestSenders: a message comes with the name that its sender has proved, and its address.
func TestSenders(t *testing.T) {
	o := Options{Address: address(t, "tls"), TLS: certificates(t)}
	o.TLS.Clients = []string{"*.web.example.com"}
	s := serve(t, o)
	s.send(s.as(trusttest.Shared(t), "a.web.example.com"), message)
	from := s.await(1)[0].From
	if from.Name != "a.web.example.com" || from.Addr.Addr().String() != "127.0.0.1" || !from.Waits || from.Repeats {
		t.Errorf("%+v", from)
	}
	plain := serve(t, Options{Address: address(t, "tcp")})
	plain.send(plain.dial(), message)
	if from := plain.await(1)[0].From; from.Name != "" || from.Addr.Addr().String() != "127.0.0.1" || from.Waits {
		t.Errorf("%+v", from)
	}
}

// TestWhoIsNotLetIn: such a client is told why by an alert, and each kind is told of once.
func TestWhoIsNotLetIn(t *testing.T) {
	var n news
	o := Options{Address: address(t, "tls"), TLS: certificates(t), Tell: n.tell}
	o.TLS.Clients = []string{"*.web.example.com"}
	s := serve(t, o)
	for range 3 {
		stranger := s.as(trusttest.Shared(t), "evil.example.com")
		if _, err := stranger.Read(make([]byte, 1)); err == nil || !strings.Contains(err.Error(), "bad certificate") {
			t.Errorf("a stranger reads %v", err)
		}
	}
	var unheard news
	o.Address, o.Handshake, o.Idle, o.Tell = address(t, "tls"), time.Hour, time.Hour, unheard.tell
	patient := serve(t, o)
	waiting, err := net.Dial("tcp", patient.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer waiting.Close()
	patient.send(waiting, "\x16\x03\x01\x01\x00half")
	testbed.Eventually(t, "it is connected", func() bool { return patient.Stats().Connections == 1 })
	o.Address, o.Handshake, o.Tell = address(t, "tls"), 100*time.Millisecond, n.tell
	impatient := serve(t, o)
	for text, s := range map[string]*served{message: s, "\x16\x03\x01\x01\x00half": impatient} {
		conn, err := net.Dial("tcp", s.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		s.send(conn, text)
		_, _ = io.Copy(io.Discard, conn) // until it is closed
	}
	testbed.Eventually(t, "all are counted", func() bool { return s.Stats().Untrusted == 4 && impatient.Stats().Untrusted == 1 })
	if st := patient.Stats(); st.Connections != 1 || st.Untrusted != 0 {
		t.Errorf("a client that may take an hour for its handshake has been turned out: %+v", st) // so it was Handshake that has closed the other
	}
	waiting.Close()
	s.stop()
	impatient.stop()
	patient.stop()
	for _, want := range []string{
		"3 connections closed of clients that are not let in (the last, from 127.0.0.1: the client's certificate is for evil.example.com, 127.0.0.1, ::1, which clients does not have: ",
		"1 connections closed that did not begin with TLS (the last, from 127.0.0.1: the client sends syslog without TLS: ",
		"1 connections closed whose handshake failed (the last, from 127.0.0.1: the client has not ended the handshake in time) {event=listener.handshake ",
	} {
		if !n.have(want) {
			t.Errorf("%q is not told; told is %q", want, n.told)
		}
	}
	if len(n.told) != 3 || len(s.messages()) != 0 {
		t.Errorf("%q, %d messages", n.told, len(s.messages()))
	}
}

// TestRenewedCertificate: it is in force for the next connection, also where there is none to look for
// it; the connections that there are stay. One that cannot be used is told of.
func TestRenewedCertificate(t *testing.T) {
	var n news
	o := Options{Address: address(t, "tls"), TLS: certificates(t), Tell: n.tell}
	s := serve(t, o)
	before := s.dial()
	s.send(before, message)
	s.await(1)
	dir := filepath.Dir(o.TLS.CertFile)
	renewed := trusttest.Shared(t).Sign(t, func(c *x509.Certificate) { c.Subject.CommonName = "renewed" })
	trusttest.WritePair(t, dir, renewed)
	after := s.dial().(*tls.Conn)
	s.send(after, message)
	if got := after.ConnectionState().PeerCertificates[0].Subject.CommonName; got != "renewed" {
		t.Error(got)
	}
	s.send(before, message)
	s.await(3)
	if !n.have(fmt.Sprintf("changed files of [listen.tls] are in force: the certificate of CN=renewed, valid until %s {", renewed.Leaf.NotAfter.Format(time.RFC3339))) {
		t.Errorf("%q", n.told)
	}
	trusttest.Write(t, o.TLS.CertFile, []byte("nothing"))
	testbed.Eventually(t, "the bad file is told of", func() bool {
		return n.have("changed files of [listen.tls] cannot be used, and what they were before stays in force: cert_file " + o.TLS.CertFile)
	})
	last := s.dial().(*tls.Conn)
	s.send(last, message)
	s.await(4)
	if got := last.ConnectionState().PeerCertificates[0].Subject.CommonName; got != "renewed" || len(n.told) != 2 {
		t.Errorf("%s, %q", got, n.told)
	}
}

// TestEndOverTLS: messages that were sent before are taken, the client reads an end in good order, and
// one in the middle of its handshake does not hold anything up.
func TestEndOverTLS(t *testing.T) {
	s := serve(t, Options{Address: address(t, "tls"), Handshake: time.Hour})
	conn := s.dial()
	s.send(conn, message)
	s.await(1)
	half, err := net.Dial("tcp", s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer half.Close()
	s.send(half, "\x16\x03\x01")
	testbed.Eventually(t, "both connections", func() bool { return s.Stats().Connections == 2 })
	s.send(conn, message+message)
	s.stop()
	if _, err := conn.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("the client reads %v", err)
	}
	if len(s.messages()) != 3 || s.Stats().Untrusted != 0 {
		t.Errorf("%d messages, %+v", len(s.messages()), s.Stats())
	}
}

// TestNoCertificate: an address of TLS without one is an error.
func TestNoCertificate(t *testing.T) {
	for want, o := range map[string]Options{"there is no certificate": {}, "no such file": {TLS: certificates(t)}} {
		if o.Address = address(t, "tls"); o.TLS != nil {
			o.TLS.KeyFile += "x"
		}
		if l, err := Open(o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, %v", l, err)
		}
	}
}

// TestRenegotiation: a client that wants another handshake within its connection gets none: the connection ends, which
// is told, what it had sent is taken, and others do not notice.
func TestRenegotiation(t *testing.T) {
	openssl := testbed.Need(t, "openssl")
	var n news
	s := serve(t, Options{Address: address(t, "tls"), TLS: certificates(t), Tell: n.tell})
	good := s.as(trusttest.Shared(t), "a.web.example.com")
	s.send(good, message)
	s.await(1)
	dir := t.TempDir()
	cert, key := trusttest.WritePair(t, dir, trusttest.Shared(t).Sign(t, nil))
	cmd := exec.Command(openssl, "s_client", "-tls1_2", "-connect", s.Addr().String(), "-cert", cert, "-key", key)
	in, err := cmd.StdinPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(in, message); err != nil {
		t.Fatal(err)
	}
	s.await(2)
	if _, err := io.WriteString(in, "R\n"); err != nil { // s_client's word for it
		t.Fatal(err)
	}
	_ = cmd.Wait() // it ends with the connection
	testbed.Eventually(t, "its connection is gone", func() bool { return s.Stats().Connections == 1 })
	s.send(good, message)
	s.await(3)
	s.stop()
	if !n.have("1 connections closed whose handshake failed (the last, from localhost (127.0.0.1): the client wants another handshake within its session (renegotiation): ") {
		t.Errorf("%q", n.told)
	}
}
