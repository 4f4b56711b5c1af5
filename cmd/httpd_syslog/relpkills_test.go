package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"httpd-syslog/forwarder/relp"
	"httpd-syslog/forwarder/testbed"
	"httpd-syslog/forwarder/trust/trusttest"
)

// relpMessages are n messages from number first on, all of one length, for stream error.
func relpMessages(first, n int) (b []byte, ends []int) {
	for i := range n {
		b = fmt.Appendf(b, "<147>Nov 25 10:00:00 httpd[4711]: [core:error] numbered line %08d", first+i)
		ends = append(ends, len(b))
	}
	return b, ends
}

// TestRELPSurvivesKills: the service is killed with -9 at any moment while RELP comes in; what was answered
// is in the local log once the next service has delivered, and comes again only where it was not.
func TestRELPSurvivesKills(t *testing.T) {
	t.Parallel()
	const kills, batch = 20, 200
	s := newSite(t)
	address := testbed.FreeAddress(t)
	s.configure("%s[[listen]]\nurl = \"relp://%s\"\n", s.places(), address)
	random := rand.New(rand.NewPCG(1, 2))
	one, _ := relpMessages(0, 1)
	answered, sent := 0, 0
	for range kills {
		service := s.serve()
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		c, err := relp.Open(t.Context(), conn, relp.Options{})
		if err != nil {
			t.Fatal(err)
		}
		life := time.Duration(random.Int64N(int64(200 * time.Millisecond))) // so that the kill comes at any moment
		killed := time.AfterFunc(life, func() { _ = service.cmd.Process.Kill() })
		for next := answered; err == nil; next += batch {
			b, ends := relpMessages(next, batch)
			sent = max(sent, next+batch)
			err = c.Send(b, ends, func() error { return nil })
		}
		<-c.Broken()
		killed.Stop()
		<-service.exited
		answered += int(c.Accepted()) / len(one)
	}
	service := s.serve()
	last := fmt.Sprintf("numbered line %08d\n", answered-1)
	testbed.Eventually(t, last, func() bool { return strings.Contains(s.local("error_log"), last) })
	service.endService()
	s.awaitEnd()
	times := make(map[string]int)
	for _, line := range split(t, s.local("error_log")) {
		_, number, _ := strings.Cut(line, "numbered line ")
		times[number]++
	}
	repeats := 0
	for n := range answered {
		switch got := times[fmt.Sprintf("%08d", n)]; {
		case got == 0:
			t.Fatalf("message %d of %d that were answered is missing", n, answered)
		default:
			repeats += got - 1
		}
	}
	t.Logf("%d kills: %d messages sent, %d answered, none of these missing; %d came again", kills, sent, answered, repeats)
	if answered == 0 {
		t.Error("nothing was answered")
	}
}

// TestRELPEndsInOrder: a client hears of the end of a service that ends in order, and everything that was
// taken is answered.
func TestRELPEndsInOrder(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	address := testbed.FreeAddress(t)
	s.configure("%s[[listen]]\nurl = \"relp://%s\"\n", s.places(), address)
	service := s.serve()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	c, err := relp.Open(t.Context(), conn, relp.Options{})
	if err != nil {
		t.Fatal(err)
	}
	b, ends := relpMessages(0, 5000)
	if err := c.Send(b, ends, func() error { return nil }); err != nil {
		t.Fatal(err)
	}
	kill(t, service.cmd.Process.Pid, syscall.SIGTERM)
	<-c.Broken()
	if !errors.Is(c.Err(), relp.ErrServerClose) || c.Accepted() != uint64(len(b)) {
		t.Errorf("%v, %d of %d bytes answered", c.Err(), c.Accepted(), len(b))
	}
	service.wait(0)
	if n := strings.Count(s.local("error_log"), "numbered line"); n != len(ends) {
		t.Errorf("%d of %d messages", n, len(ends))
	}
	s.awaitEnd()
}

// TestRelayToService: the program's relays send to its own listeners, over everything that both have, with
// certificates that name the sender; each line is there once.
func TestRelayToService(t *testing.T) {
	for _, scheme := range []string{"tcp", "tls", "relp", "relp+tls"} {
		t.Run(scheme, func(t *testing.T) {
			t.Parallel()
			sender, centre := newSite(t), newSite(t)
			address := testbed.FreeAddress(t)
			serverTLS, clientTLS := certificatesFor(t, scheme)
			centre.configure("%s[[listen]]\nurl = \"%s://%s\"\n%s", centre.places(), scheme, address, serverTLS)
			service := centre.serve()
			host := strings.Replace(address, "127.0.0.1", "localhost", 1)
			sender.configure("%s[[relay]]\nservers = [\"%s://%s\"]\nstreams = [\"access\"]\n%s", sender.places(), scheme, host, clientTLS)
			const n = 5000
			f, w := sender.pipe()
			writeLines(t, w, 1, n)
			w.Close()
			f.wait(0)
			sender.awaitEnd()
			testbed.Eventually(t, "all lines", func() bool { return strings.Count(centre.local("access_log"), "\n") >= n })
			service.endService()
			got := split(t, centre.local("access_log"))
			if len(got) != n {
				t.Errorf("%d lines, not %d", len(got), n)
			}
			for i, text := range got {
				if !strings.HasSuffix(text, line(i+1)) {
					t.Fatalf("line %d: %q", i+1, text)
				}
			}
			centre.awaitEnd()
		})
	}
}

// certificatesFor are the tables of a listener and a relay over a scheme; empty without TLS.
func certificatesFor(t *testing.T, scheme string) (listen, relay string) {
	t.Helper()
	if !strings.HasSuffix(scheme, "tls") {
		return "", ""
	}
	authority := trusttest.Shared(t)
	ca := authority.File(t)
	serverCert, serverKey := trusttest.WritePair(t, t.TempDir(), authority.Sign(t, nil))
	clientCert, clientKey := trusttest.WritePair(t, t.TempDir(), authority.Sign(t, func(c *x509.Certificate) { c.DNSNames = []string{"web1.web.example.com"} }))
	return fmt.Sprintf("[listen.tls]\ncert_file = %q\nkey_file = %q\nclient_ca_file = %q\nclients = [\"*.web.example.com\"]\n", serverCert, serverKey, ca),
		fmt.Sprintf("[relay.tls]\nca_file = %q\ncert_file = %q\nkey_file = %q\n", ca, clientCert, clientKey)
}

// TestReceiveOverTLS: receive takes a certificate, and asks for the client's.
func TestReceiveOverTLS(t *testing.T) {
	t.Parallel()
	authority := trusttest.Shared(t)
	cert, key := trusttest.WritePair(t, t.TempDir(), authority.Sign(t, nil))
	for _, scheme := range []string{"tls", "relp+tls"} {
		s := newSite(t)
		r := s.startReceiving(scheme+"://127.0.0.1:0", "--raw", "--count", "1", "--cert-file", cert, "--key-file", key, "--client-ca-file", authority.File(t), "--client", "localhost")
		conn, err := tls.Dial("tcp", strings.TrimPrefix(r.url, scheme+"://"), &tls.Config{RootCAs: authority.Pool(), ServerName: "localhost", Certificates: []tls.Certificate{authority.Sign(t, nil)}})
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		text := "23 <13>1 - - - - - - hello"
		if scheme == "relp+tls" {
			text = "1 open 30 relp_version=0\ncommands=syslog\n2 syslog 23 <13>1 - - - - - - hello\n"
		}
		if _, err := conn.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		r.wait(0)
		if got := testbed.ReadFile(t, r.out); got != "<13>1 - - - - - - hello\n" {
			t.Errorf("%s: %q", scheme, got)
		}
	}
}
