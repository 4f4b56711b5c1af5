package forwarder

import (
	"strings"
	"testing"
	"time"

	"httpd-syslog/forwarder/testbed"
	"httpd-syslog/forwarder/transport"
)

// TestNameThatCannotBeLookedUp: lines wait until it can be.
func TestNameThatCannotBeLookedUp(t *testing.T) {
	n := testbed.NewNameServer(t, "127.0.0.1")
	n.SetBroken(true)
	c := testbed.NewCentral(t)
	o := relayTo(c, "central")
	o.Servers[0].Host = "logs.example.net."
	s := newSite(t, o)
	w := s.writer("access")
	w.Lines(100)
	stop := s.deliver()
	testbed.Eventually(t, "an event names the trouble", func() bool {
		e := s.local("audit_log")
		return strings.Contains(e, "lookup logs.example.net.") && strings.Contains(e, "server misbehaving; lines wait in the spool")
	})
	w.Lines(100)
	n.SetBroken(false)
	healed := time.Now()
	testbed.Eventually(t, "all is at the server", func() bool { return c.Count() == 200 })
	t.Logf("all is there %v after the name server has recovered", time.Since(healed))
	w.Close()
	if err := stop(); err != nil {
		t.Error(err)
	}
	if r := testbed.CheckRepeats(t, c.Messages(), "access", 200); r != 0 {
		t.Errorf("%d repeats", r)
	}
}

// TestPartitionLongerThanTheUserTimeout: a connection whose packets are dropped for
// so long is given up, and what it had not delivered goes over the next one. The
// time-outs are a second here.
func TestPartitionLongerThanTheUserTimeout(t *testing.T) {
	t.Parallel()
	testbed.OverConnections(t, partition)
}

func partition(t *testing.T, scheme string) {
	t.Parallel()
	if !testbed.InNamespace(t) {
		return
	}
	c := testbed.NewCentralOver(t, scheme)
	o := relayTo(c, "central")
	o.ConnectTimeout = time.Second
	o.Timing.Transport = transport.Timing{UserTimeout: time.Second}
	s := newSite(t, o)
	w := s.writer("access")
	w.Lines(1000)
	stop := s.deliver()
	testbed.Eventually(t, "the lines are at the server", func() bool { return c.Count() == 1000 })
	testbed.CutOff(t)
	w.Lines(1000)
	testbed.Eventually(t, "the connection is given up", func() bool { return strings.Contains(s.local("audit_log"), "relay central: down") })
	w.Lines(1000)
	testbed.Eventually(t, "the local log gets on", func() bool { return s.local("access_log") == testbed.Numbered(1, 3000) })
	if n := c.Count(); n != 1000 {
		t.Errorf("%d lines came through", n-1000)
	}
	testbed.Heal(t)
	healed := time.Now()
	testbed.Eventually(t, "all is at the server", func() bool {
		m := c.Lines()
		return m[len(m)-1].Text == "line 3000"
	})
	t.Logf("%s: all is there %v after the packets were let through again", scheme, time.Since(healed))
	w.Close()
	if err := stop(); err != nil {
		t.Error(err)
	}
	testbed.CheckRepeats(t, c.Messages(), "access", 3000)
}

// TestIdleConnectionThatIsDead: a server that went away without a word while there
// was nothing to send is noticed by keepalive, before lines come. What takes two
// seconds here is a minute.
func TestIdleConnectionThatIsDead(t *testing.T) {
	t.Parallel()
	testbed.OverConnections(t, deadWhileIdle)
}

func deadWhileIdle(t *testing.T, scheme string) {
	t.Parallel()
	if !testbed.InNamespace(t) {
		return
	}
	c := testbed.NewCentralOver(t, scheme)
	o := relayTo(c, "central")
	o.ConnectTimeout = time.Second
	o.Timing.Transport = transport.Timing{UserTimeout: 1500 * time.Millisecond, KeepAliveIdle: time.Second, KeepAliveInterval: time.Second}
	s := newSite(t, o)
	w := s.writer("access")
	w.Lines(1000)
	stop := s.deliver()
	testbed.Eventually(t, "the lines are at the server", func() bool { return c.Count() == 1000 })
	s.awaitAccepted("central")
	testbed.CutOff(t)
	cut := time.Now()
	testbed.Eventually(t, "the connection is given up", func() bool { return strings.Contains(s.local("audit_log"), "relay central: down") })
	noticed := time.Since(cut)
	testbed.Heal(t)
	w.Lines(1000)
	testbed.Eventually(t, "all is at the server", func() bool { return c.HasLine("line 2000") })
	t.Logf("%s: noticed after %v, without a line", scheme, noticed)
	w.Close()
	if err := stop(); err != nil {
		t.Error(err)
	}
	testbed.CheckRepeats(t, c.Messages(), "access", 2000)
}
