package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"httpd-syslog/forwarder/testbed"
	"httpd-syslog/forwarder/trust/trusttest"
)

// tlsListen is the table of a listener over TLS, and a client for each name.
type tlsListen struct {
	t             *testing.T
	address       string
	cert, key, ca string
}

func newTLSListen(t *testing.T) *tlsListen {
	t.Helper()
	a := trusttest.Shared(t)
	l := &tlsListen{t: t, address: testbed.FreeAddress(t), ca: a.File(t)}
	l.cert, l.key = trusttest.WritePair(t, t.TempDir(), a.Sign(t, nil))
	return l
}

func (l *tlsListen) table(clients string) string {
	return fmt.Sprintf("[[listen]]\nurl = \"tls://%s\"\n[listen.tls]\ncert_file = %q\nkey_file = %q\nclient_ca_file = %q\nclients = [%q]\n", l.address, l.cert, l.key, l.ca, clients)
}

// send sends a message as a client of that name; an error says that it is not let in.
func (l *tlsListen) send(name, message string) error {
	a := trusttest.Shared(l.t)
	conn, err := tls.Dial("tcp", l.address, &tls.Config{RootCAs: a.Pool(), ServerName: "localhost",
		Certificates: []tls.Certificate{a.Sign(l.t, func(c *x509.Certificate) { c.DNSNames = []string{name} })}})
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := conn.Write([]byte(message + "\n")); err != nil {
		return err
	}
	if err := conn.CloseWrite(); err != nil {
		return err
	}
	if err := conn.SetReadDeadline(time.Now().Add(testbed.Patience)); err != nil {
		return err
	}
	if _, err := conn.Read(make([]byte, 1)); err == nil || err.Error() != "EOF" {
		return fmt.Errorf("it ends with %v", err)
	}
	return nil
}

// TestListenerOverTLS: a reload changes who is let in; who is not is in status and an event; check has what
// the files have, and a key that fits no certificate keeps the rest of the service at work.
func TestListenerOverTLS(t *testing.T) {
	t.Parallel()
	s, l := newSite(t), newTLSListen(t)
	s.configure("%s%s", s.places(), l.table("*.web.example.com"))
	out, err := s.command(nil, "check", "--config", s.config).CombinedOutput()
	if want := "tls://" + l.address + ": cert_file " + l.cert + ": CN=log server"; err != nil || !strings.Contains(string(out), want) {
		t.Errorf("%v, %s, want %s", err, out, want)
	}
	service := s.serve()
	if err := l.send("a.web.example.com", errorMessage(1)); err != nil {
		t.Error(err)
	}
	if err := l.send("b.db.example.com", errorMessage(2)); err == nil || !strings.Contains(err.Error(), "bad certificate") {
		t.Errorf("a stranger is let in: %v", err)
	}
	testbed.Eventually(t, "status", func() bool {
		return strings.Contains(testbed.ReadFile(t, filepath.Join(s.state, "status")), `"untrusted":1`)
	})
	s.awaitEvent("1 connections closed of clients that are not let in (the last, from 127.0.0.1: the client's certificate is for b.db.example.com")
	s.configure("%s%s", s.places(), l.table("*.db.example.com"))
	kill(t, service.cmd.Process.Pid, syscall.SIGHUP)
	testbed.Eventually(t, "the other one is let in", func() bool { return l.send("b.db.example.com", errorMessage(3)) == nil })
	if err := l.send("a.web.example.com", errorMessage(4)); err == nil {
		t.Error("the one from before is still let in")
	}
	testbed.Eventually(t, "the messages", func() bool {
		return strings.Contains(s.local("error_log"), "it's line 1\n") && strings.Contains(s.local("error_log"), "it's line 3\n")
	})
	service.endService()
	s.awaitEnd()

	trusttest.Write(t, l.key, trusttest.KeyPEM(t, trusttest.Shared(t).Sign(t, nil)))
	if out, err := s.command(nil, "check", "--config", s.config).CombinedOutput(); err == nil || !strings.Contains(string(out), "it is the key of another certificate") {
		t.Errorf("%v, %s", err, out)
	}
	service = s.serve()
	s.awaitEvent("listen on tls://" + l.address + ": key_file " + l.key + ": it is the key of another certificate")
	trusttest.WritePair(t, filepath.Dir(l.cert), trusttest.Shared(t).Sign(t, nil))
	s.awaitEvent("listen on tls://" + l.address + ": taken in again")
	if err := l.send("b.db.example.com", errorMessage(5)); err != nil {
		t.Error(err)
	}
	service.endService()
	s.awaitEnd()
}

// TestSocketOverTLS: a socket that the service manager holds is served as the configuration says, whatever it
// looks like.
func TestSocketOverTLS(t *testing.T) {
	t.Parallel()
	s, l := newSite(t), newTLSListen(t)
	socket, err := net.Listen("tcp", l.address)
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	file, err := socket.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	s.configure("%s%s", s.places(), l.table("*.web.example.com"))
	cmd := exec.Command("/bin/sh", "-c", `LISTEN_PID=$$ LISTEN_FDS=1 exec "$@"`, "sh", program(), "serve", "--config", s.config)
	cmd.ExtraFiles = append(cmd.ExtraFiles, file)
	service := s.run(cmd)
	s.awaitDelivery(cmd.Process.Pid)
	if err := l.send("a.web.example.com", errorMessage(1)); err != nil {
		t.Error(err)
	}
	testbed.Eventually(t, "the message", func() bool { return strings.Contains(s.local("error_log"), "it's line 1\n") })
	service.endService()
	s.awaitEnd()
}
