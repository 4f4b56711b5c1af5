package forwarder

import (
	"context"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"httpd-syslog/forwarder/statedir"
)

// nameServer answers for any name: with 127.0.0.1, or while it is broken with
// SERVFAIL (RFC 1035, 4.1.1).
type nameServer struct {
	conn   net.PacketConn
	broken atomic.Bool
}

// newNameServer starts one, and makes it the resolver of this process's tests.
func newNameServer(t *testing.T) *nameServer {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	n := &nameServer{conn: conn}
	go n.serve()
	before := net.DefaultResolver
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
	t.Cleanup(func() {
		net.DefaultResolver = before
		conn.Close()
	})
	return n
}

func (n *nameServer) serve() {
	b := make([]byte, 1500)
	for {
		size, from, err := n.conn.ReadFrom(b)
		if err != nil {
			return // closed
		}
		_, _ = n.conn.WriteTo(n.answer(b[:size]), from)
	}
}

func (n *nameServer) answer(query []byte) []byte {
	const header = 12
	end := header
	for query[end] != 0 { // the labels of the name
		end += int(query[end]) + 1
	}
	end += 1 + 4 // its end, type and class
	a := append([]byte(nil), query[:end]...)
	a[2], a[3] = 0x81, 0x80 // an answer, with recursion
	copy(a[6:header], []byte{0, 0, 0, 0, 0, 0})
	const typeA = 1
	switch {
	case n.broken.Load():
		a[3] |= 2 // SERVFAIL
	case query[end-3] == typeA:
		a[7] = 1
		a = append(a, 0xc0, header, 0, typeA, 0, 1, 0, 0, 0, 0, 0, 4, 127, 0, 0, 1)
	}
	return a
}

// TestNameThatCannotBeLookedUp: lines wait until it can be.
func TestNameThatCannotBeLookedUp(t *testing.T) {
	n := newNameServer(t)
	n.broken.Store(true)
	c := newCentral(t)
	o := relayTo(c, "central")
	o.Servers[0].Host = "logs.example.net."
	s := newSite(t, o)
	w := s.writer("access")
	w.write(100)
	stop := s.deliver()
	eventually(t, "an event names the trouble", func() bool {
		e := s.local("audit_log")
		return strings.Contains(e, "lookup logs.example.net.") && strings.Contains(e, "server misbehaving; lines wait in the spool")
	})
	w.write(100)
	n.broken.Store(false)
	healed := time.Now()
	eventually(t, "all is at the server", func() bool { return c.count() == 200 })
	t.Logf("all is there %v after the name server has recovered", time.Since(healed))
	w.close()
	if err := stop(); err != nil {
		t.Error(err)
	}
	if r := checkRepeats(t, c.messages(), "access", 200); r != 0 {
		t.Errorf("%d repeats", r)
	}
}

// inNamespace runs the calling test in a network namespace of its own, which has
// nothing but a loopback interface. It reports whether this is the test in there.
func inNamespace(t *testing.T) bool {
	t.Helper()
	const mark = "HTTPD_SYSLOG_TEST_IN_NAMESPACE"
	if os.Getenv(mark) == t.Name() {
		run(t, "ip", "link", "set", "lo", "up")
		return true
	}
	lacking := t.Skipf
	if os.Getenv("HTTPD_SYSLOG_NEED_PEERS") != "" {
		lacking = t.Fatalf
	}
	for _, args := range [][]string{{"unshare", "-n", "true"}, {"ip", "-V"}, {"nft", "-v"}} {
		if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
			lacking("skipped: %s: %v %s", strings.Join(args, " "), err, out)
		}
	}
	cmd := exec.Command("unshare", "-n", os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v", "-test.timeout=5m")
	cmd.Env = append(os.Environ(), mark+"="+t.Name())
	out, err := cmd.CombinedOutput()
	t.Logf("in a network namespace:\n%s", out)
	if err != nil {
		t.Error(err)
	}
	return false
}

func run(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
}

// TestPartitionLongerThanTheUserTimeout: a connection whose packets are dropped for
// so long is given up, and what it had not delivered goes over the next one. The
// time-outs are a second here.
func TestPartitionLongerThanTheUserTimeout(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	userTimeout = time.Second
	overConnections(t, partition)
}

// cutOff drops every packet of the namespace without a word, until heal.
func cutOff(t *testing.T) {
	run(t, "nft", "add table inet cut; add chain inet cut in { type filter hook input priority 0; policy drop; }")
}

func heal(t *testing.T) { run(t, "nft", "delete table inet cut") }

func partition(t *testing.T, scheme string) {
	c := newCentralOver(t, scheme)
	o := relayTo(c, "central")
	o.ConnectTimeout = time.Second
	s := newSite(t, o)
	w := s.writer("access")
	w.write(1000)
	stop := s.deliver()
	eventually(t, "the lines are at the server", func() bool { return c.count() == 1000 })
	cutOff(t)
	w.write(1000)
	eventually(t, "the connection is given up", func() bool { return strings.Contains(s.local("audit_log"), "relay central: down") })
	w.write(1000)
	eventually(t, "the local log gets on", func() bool { return s.local("access_log") == numbered(1, 3000) })
	if n := c.count(); n != 1000 {
		t.Errorf("%d lines came through", n-1000)
	}
	heal(t)
	healed := time.Now()
	eventually(t, "all is at the server", func() bool {
		m := c.lines()
		return m[len(m)-1].text == "line 3000"
	})
	t.Logf("%s: all is there %v after the packets were let through again", scheme, time.Since(healed))
	w.close()
	if err := stop(); err != nil {
		t.Error(err)
	}
	checkRepeats(t, c.messages(), "access", 3000)
}

// TestIdleConnectionThatIsDead: a server that went away without a word while there
// was nothing to send is noticed by keepalive, before lines come. What takes three
// seconds here is a minute.
func TestIdleConnectionThatIsDead(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	keepAlive.Idle, keepAlive.Interval, userTimeout = time.Second, time.Second, 3*time.Second
	overConnections(t, deadWhileIdle)
}

func deadWhileIdle(t *testing.T, scheme string) {
	c := newCentralOver(t, scheme)
	o := relayTo(c, "central")
	o.ConnectTimeout = time.Second
	s := newSite(t, o)
	w := s.writer("access")
	w.write(1000)
	stop := s.deliver()
	eventually(t, "the lines are at the server, and that is known", func() bool {
		p, err := readCursor(statedir.CursorPath(s.o.StateDir, statedir.RelayCursor("central")))
		return err == nil && c.count() == 1000 && len(p.Accepted) > 0
	})
	cutOff(t)
	cut := time.Now()
	eventually(t, "the connection is given up", func() bool { return strings.Contains(s.local("audit_log"), "relay central: down") })
	noticed := time.Since(cut)
	heal(t)
	w.write(1000)
	eventually(t, "all is at the server", func() bool { return hasLine(c, "line 2000") })
	t.Logf("%s: noticed after %v, without a line", scheme, noticed)
	w.close()
	if err := stop(); err != nil {
		t.Error(err)
	}
	checkRepeats(t, c.messages(), "access", 2000)
}
