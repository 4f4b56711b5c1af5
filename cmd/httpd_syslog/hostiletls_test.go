package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"httpd-syslog/forwarder/relp"
	"httpd-syslog/forwarder/testbed"
	"httpd-syslog/forwarder/trust/trusttest"
)

// secureCentre is one that collects over RELP and TLS, from clients with certificates.
type secureCentre struct {
	*centre
	ca *trusttest.Authority
}

func newSecureCentre(t *testing.T) *secureCentre {
	t.Helper()
	c := &secureCentre{centre: newCentre(t, ""), ca: trusttest.Shared(t)}
	cert, key := trusttest.WritePair(t, t.TempDir(), c.ca.Sign(t, nil))
	c.configure("hostname = \"log1.example.com\"\n%s[[listen]]\nurl = \"relp+tls://%s\"\ncollect = true\nconnections = 500\n"+
		"[listen.tls]\ncert_file = %q\nkey_file = %q\nclient_ca_file = %q\nclients = [\"*.web.example.com\"]\n[collect]\ndir = %q\nforwarders = [\"evil.web.example.com\"]\ncompress = false\n",
		c.places(), c.address, cert, key, c.ca.File(t), c.files)
	return c
}

// certificate is one for a name.
func (c *secureCentre) certificate(name string) tls.Certificate {
	return c.ca.Sign(c.t, func(x *x509.Certificate) { x.DNSNames = []string{name} })
}

// dial connects with a certificate; with an error the client was not let in.
func (c *secureCentre) dial(cert tls.Certificate) (net.Conn, error) {
	return tls.Dial("tcp", c.address, &tls.Config{RootCAs: c.ca.Pool(), ServerName: "localhost", Certificates: []tls.Certificate{cert}})
}

// newSender returns a site that relays to the centre under its certificate's name.
func (c *secureCentre) newSender(host, name string) *site {
	s := newSite(c.t)
	cert, key := trusttest.WritePair(c.t, c.t.TempDir(), c.certificate(name))
	s.configure("hostname = %q\n%s%s[[relay]]\nname = \"central\"\nservers = [\"relp+tls://%s\"]\n[relay.tls]\nca_file = %q\ncert_file = %q\nkey_file = %q\n",
		host, s.places(), seals, strings.Replace(c.address, "127.0.0.1", "localhost", 1), c.ca.File(c.t), cert, key)
	return s
}

const relpOpen = "1 open 30 relp_version=0\ncommands=syslog\n"

// say sends messages, and waits until they are answered. Where others' attacks break its session it begins again, as
// every sender does.
func (c *secureCentre) say(cert tls.Certificate, messages int, message func(int) string) {
	var b []byte
	var ends []int
	for n := range messages {
		b = append(b, message(n)...)
		ends = append(ends, len(b))
	}
	err := errors.New("not tried")
	for end := time.Now().Add(testbed.Patience); err != nil && time.Now().Before(end); {
		err = c.session(cert, b, ends)
	}
	if err != nil {
		c.t.Error(err)
	}
}

// session sends all messages in one session.
func (c *secureCentre) session(cert tls.Certificate, b []byte, ends []int) error {
	conn, err := c.dial(cert)
	if err != nil {
		return err
	}
	defer conn.Close()
	client, err := relp.Open(c.t.Context(), conn, relp.Options{})
	if err == nil {
		err = client.Send(b, ends, func() error { return nil })
	}
	if err == nil {
		err = client.Close(c.t.Context())
	}
	return err
}

// intrude connects, with a certificate if it has one, says something, and waits until it is shown the door.
func (c *secureCentre) intrude(cert *tls.Certificate, text string) {
	conn, err := net.Dial("tcp", c.address)
	if err == nil && cert != nil {
		conn.Close()
		conn, err = c.dial(*cert)
	}
	if err != nil {
		return
	}
	defer conn.Close()
	_, _ = io.WriteString(conn, text) // it may be closed already
	_ = conn.SetReadDeadline(time.Now().Add(testbed.Patience))
	_, _ = io.Copy(io.Discard, conn)
}

// breakOff sends the first half of a message, and resets the connection. Where others' attacks end its handshake it
// begins again.
func (c *secureCentre) breakOff(cert tls.Certificate) {
	conn, err := c.dial(cert)
	for end := time.Now().Add(testbed.Patience); err != nil && time.Now().Before(end); {
		conn, err = c.dial(cert)
	}
	if err != nil {
		c.t.Error(err)
		return
	}
	_, _ = io.WriteString(conn, relpOpen+"2 syslog 190000 <13>half "+strings.Repeat("h", 100_000)) // it is all the same
	_ = conn.(*tls.Conn).NetConn().(*net.TCPConn).SetLinger(0)
	_ = conn.(*tls.Conn).NetConn().Close()
}

// renegotiate asks for another handshake within a session.
func (c *secureCentre) renegotiate(openssl string, cert tls.Certificate) {
	file, key := trusttest.WritePair(c.t, c.t.TempDir(), cert)
	cmd := exec.Command(openssl, "s_client", "-connect", c.address, "-tls1_2", "-cert", file, "-key", key, "-CAfile", c.ca.File(c.t))
	stdin, err := cmd.StdinPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		c.t.Error(err)
		return
	}
	_, _ = io.WriteString(stdin, "R\n") // its command for it; it ends when the server closes
	_ = cmd.Wait()                      // likewise
	stdin.Close()
}

// TestAttacksAtOnce: everything at once, over RELP and TLS, beside a good sender: forged numbers ahead of the good
// one's, a machine that was restored from a copy, HOSTNAMEs that are paths, more writers and senders than are counted,
// 1,000 silent connections, half frames, strangers' certificates, renegotiation, huge lengths, no TLS. The good
// one's lines are all there, memory is bounded, and each kind is told once.
func TestAttacksAtOnce(t *testing.T) {
	t.Parallel()
	const most = 128 << 10 // KiB
	openssl := testbed.Need(t, "openssl")
	c := newSecureCentre(t)
	c.begin()
	pid := c.service.cmd.Process.Pid
	c.awaitListening()
	s := c.newSender("web1.example.com", "good.web.example.com")
	front, w := s.pipe()
	f := &feed{t: t, w: w}
	f.write(100)
	testbed.Eventually(t, "the first lines", func() bool { return strings.Contains(c.collectedSoFar("web1.example.com", "access"), "] line 99 ") })
	writer := writerOf(t, c.collectedSoFar("web1.example.com", "access"))
	evil, restored, paths, rows := c.certificate("evil.web.example.com"), c.certificate("restored.web.example.com"), c.certificate("paths.web.example.com"), c.certificate("rows.web.example.com")
	c.say(evil, 500, func(n int) string { return forged("good.web.example.com", writer, 101+n) })
	c.say(restored, 200, func(n int) string { return forged("web2", 7, n+1) + " before" })
	stranger, other := c.certificate("web9.example.org"), trusttest.New(t, "another authority", nil).Sign(t, func(x *x509.Certificate) { x.DNSNames = []string{"good.web.example.com"} })
	var attackers sync.WaitGroup
	attackers.Go(func() {
		var bounded sync.WaitGroup // those with bounds of their own, which they would not reach behind those that all share
		bounded.Go(func() { c.say(restored, 100, func(n int) string { return forged("web2", 7, n+101) + " after" }) })
		bounded.Go(func() { c.say(paths, 2000, func(n int) string { return forged(fmt.Sprint("../../", n), 1, n+1) }) })
		bounded.Go(func() { c.say(rows, 10_000, func(n int) string { return forged("x", n+1, 1) }) })
		bounded.Wait()
		c.say(evil, 11_000, func(n int) string { return forged(fmt.Sprint("evil-", n), 1, 1) })
	})
	for range 1000 {
		attackers.Go(func() { c.intrude(nil, "") })
	}
	for range 10 {
		attackers.Go(func() { c.intrude(nil, "<13>no TLS\n") })
		attackers.Go(func() { c.intrude(&stranger, relpOpen) })
		attackers.Go(func() { c.intrude(&other, relpOpen) })
		attackers.Go(func() { c.intrude(&paths, relpOpen+"2 syslog 999999999 <13>x") })
		attackers.Go(func() { c.breakOff(paths) })
	}
	attackers.Go(func() { c.renegotiate(openssl, paths) })
	for range 50 {
		f.write(100)
	}
	attackers.Wait()
	f.write(100)
	w.Close()
	front.wait(0)
	s.awaitEnd()
	c.endOfGood(s)
	t.Logf("at most %d MB, %v of CPU", testbed.Process(pid).PeakMemory(t)>>10, testbed.Process(pid).CPU(t))
	if n := testbed.Process(pid).PeakMemory(t); n > most && !testbed.Raced {
		t.Errorf("%d MB of memory", n>>10)
	}
	c.checkToldOnce()
	c.service.endService()
	if n := c.checkCollected(s, "web1.example.com", f); n != f.lines {
		t.Errorf("%d lines of %d", n, f.lines)
	}
	if n := len(c.collected("web2", "access")); n != 300 {
		t.Errorf("%d lines of the restored machine, and not 300", n)
	}
	if out, _ := filepath.Glob(filepath.Join(filepath.Dir(c.files), "*")); len(out) > 6 { // the pattern is good
		t.Errorf("a HOSTNAME has made a path: %q", out)
	}
}

// hostileTold are the events of what hostile senders do, as they begin: all that there are of collector and listener.
var hostileTold = []string{
	"collect.altered number=101 sender=good.web.example.com ", "collect.altered number=101 sender=restored.web.example.com ",
	"collect.bound sender=_other what=senders ", "collect.bound sender=_other what=\"files on a day\" ", "collect.bound sender=paths.web.example.com what=\"files on a day\" ",
	"collect.bound sender=rows.web.example.com what=rows ", "listener.idle ", "listener.handshake ", "listener.not_tls ", "listener.relp ", "listener.stranger ",
}

// checkToldOnce holds that each kind of hostile thing is told, and once.
func (c *secureCentre) checkToldOnce() {
	c.t.Helper()
	for _, want := range hostileTold {
		c.awaitEvent("{event=" + want)
	}
	left := slices.Clone(hostileTold)
	for _, told := range regexp.MustCompile(`\{event=((?:collect|listener|listen|gap|host|spool)\..*)`).FindAllStringSubmatch(c.local("audit_log"), -1) {
		is := slices.IndexFunc(left, func(want string) bool { return strings.HasPrefix(told[1], want) })
		if is < 0 {
			c.t.Errorf("told, or told again: %s", told[1])
			continue
		}
		left = slices.Delete(left, is, is+1) // the next one is one too many
	}
}

// endOfGood waits until all that came is written.
func (c *secureCentre) endOfGood(s *site) {
	c.t.Helper()
	want := s.logged("access_log")
	testbed.Eventually(c.t, "the last good line", func() bool {
		return c.endsWith("web1.example.com", "access", "] "+want[len(want)-1]+"\n")
	})
	testbed.Eventually(c.t, "nothing waits", func() bool {
		out, _ := c.command(nil, "status", "--config", c.config).Output() // what is not there yet is waited for
		return strings.Contains(string(out), "; 0 messages wait")
	})
}

// writerOf is the writer of a message.
func writerOf(t *testing.T, message string) (writer int) {
	t.Helper()
	procID := strings.SplitN(message, " ", 6)[4]
	if _, err := fmt.Sscanf(procID[strings.LastIndexByte(procID, '-')+1:], "%x", &writer); err != nil {
		t.Fatalf("%q: %v", message, err)
	}
	return writer
}
