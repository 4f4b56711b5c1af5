package forwarder

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"httpd-syslog/forwarder/testbed"
)

// TestRenewal: connections are ended in good order and begun anew, under load and idle;
// no line comes twice, is missing, or overtakes another, and nothing is told.
func TestRenewal(t *testing.T) {
	t.Parallel()
	testbed.OverConnections(t, func(t *testing.T, scheme string) {
		t.Parallel()
		c := testbed.NewCentralOver(t, scheme)
		o := relayTo(c, "central")
		o.Reconnect = 20 * time.Millisecond
		s := newSite(t, o)
		w := s.writer("access")
		stop := s.deliver()
		n := 0
		testbed.Eventually(t, "connections are renewed under load", func() bool {
			w.Lines(100)
			n += 100
			return c.Connections() > 5
		})
		testbed.Eventually(t, "all is at the server", func() bool { return c.Count() >= n })
		idle := c.Connections()
		testbed.Eventually(t, "connections are renewed while nothing comes", func() bool { return c.Connections() > idle+2 })
		w.Close()
		if err := stop(); err != nil {
			t.Error(err)
		}
		lines := c.Lines()
		for i, m := range lines {
			if want := fmt.Sprint("line ", i+1); m.Text != want {
				t.Fatalf("line %d of %d is %q after %d connections", i+1, len(lines), m.Text, c.Connections())
			}
		}
		if len(lines) != n {
			t.Errorf("%d lines of %d", len(lines), n)
		}
		if log := s.local("audit_log"); strings.Contains(log, "relay central") {
			t.Errorf("events: %s", log)
		}
	})
}

// TestRenewalAtReload: a reload renews the connections that are renewed now and then, and
// leaves the others alone.
func TestRenewalAtReload(t *testing.T) {
	t.Parallel()
	c, d := testbed.NewCentral(t), testbed.NewCentral(t)
	often, never := relayTo(c, "often"), relayTo(d, "never")
	often.Reconnect = time.Hour
	s := newSite(t, often, never)
	service, stop := s.runService()
	w := s.writer("access")
	for n := 1; n <= 3; n++ {
		w.Lines(100)
		testbed.Eventually(t, "lines at both servers", func() bool { return c.Count() == 100*n && d.Count() == 100*n })
		if err := service.Reload(t.Context(), s.o); err != nil {
			t.Fatal(err)
		}
		testbed.Eventually(t, "a new connection to one", func() bool { return c.Connections() > n })
	}
	w.Close()
	stop()
	if c.Connections() != 4 || d.Connections() != 1 {
		t.Errorf("%d and %d connections, want 4 and 1", c.Connections(), d.Connections())
	}
	testbed.CheckRepeats(t, c.Messages(), "access", 300)
	if c.Count() != 300 || d.Count() != 300 {
		t.Errorf("%d and %d lines", c.Count(), d.Count())
	}
}

// TestRenewalMeetsAnOutage: where nobody answers any more after the end of a connection,
// that is an outage, and nothing comes twice when it is over.
func TestRenewalMeetsAnOutage(t *testing.T) {
	t.Parallel()
	c := testbed.NewCentral(t)
	o := relayTo(c, "central")
	o.Reconnect = time.Hour
	s := newSite(t, o)
	service, stop := s.runService()
	w := s.writer("access")
	w.Lines(100)
	testbed.Eventually(t, "lines at the server", func() bool { return c.Count() == 100 })
	c.StopListening() // the connection stands
	if err := service.Reload(t.Context(), s.o); err != nil {
		t.Fatal(err)
	}
	testbed.Eventually(t, "an event", func() bool { return strings.Contains(s.local("audit_log"), "relay central: down: ") })
	w.Lines(100)
	c.Open()
	testbed.Eventually(t, "the rest at the server", func() bool { return c.HasLine("line 200") })
	w.Close()
	stop()
	if c.Count() != 200 {
		t.Errorf("%d lines, want 200", c.Count())
	}
}

// TestServersShareTheLoad: lines of several connections are at several servers, and each is
// at one.
func TestServersShareTheLoad(t *testing.T) {
	t.Parallel()
	c, d := testbed.NewCentral(t), testbed.NewCentral(t)
	o := relayTo(c, "central")
	o.Servers, o.Random, o.Reconnect = append(o.Servers, serverOf(d)), true, 10*time.Millisecond
	s := newSite(t, o)
	w := s.writer("access")
	stop := s.deliver()
	n := 0
	testbed.Eventually(t, "both have lines", func() bool {
		w.Lines(10)
		n += 10
		return c.Count() > 0 && d.Count() > 0
	})
	testbed.Eventually(t, "all are there", func() bool { return c.Count()+d.Count() >= n })
	w.Close()
	if err := stop(); err != nil {
		t.Error(err)
	}
	if c.Count()+d.Count() != n {
		t.Errorf("%d and %d lines of %d", c.Count(), d.Count(), n)
	}
	if log := s.local("audit_log"); strings.Contains(log, "back from") {
		t.Errorf("events: %s", log)
	}
	testbed.CheckRepeats(t, append(c.Messages(), d.Messages()...), "access", n)
}
