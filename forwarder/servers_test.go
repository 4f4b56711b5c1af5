package forwarder

import (
	"net"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"httpd-syslog/forwarder/testbed"
	"httpd-syslog/forwarder/transport"
)

// TestSeveralServers: the next one is used when one fails, and the first again
// when it is back; every line is at one of them at least, and what is ended in
// good order is not repeated.
func TestSeveralServers(t *testing.T) {
	t.Parallel()
	testbed.OverConnections(t, severalServers)
}

func severalServers(t *testing.T, scheme string) {
	t.Parallel()
	first, second := testbed.NewCentralOver(t, scheme), testbed.NewCentralOver(t, scheme)
	o := relayTo(first, "central")
	o.Servers = append(o.Servers, serverOf(second))
	s := newSite(t, o)
	w := s.writer("access")
	w.Lines(100)
	stop := s.deliver()
	testbed.Eventually(t, "the first has all", func() bool { return first.Count() == 100 })
	first.Kill()
	w.Lines(100)
	testbed.Eventually(t, "the second has the rest", func() bool { return second.HasLine("line 200") })
	before := second.Count()
	first.Open()
	testbed.Eventually(t, "the relay goes back", func() bool {
		return strings.Contains(s.local("audit_log"), "relay central: back from "+serverOf(second).String()+" to "+serverOf(first).String())
	})
	w.Lines(100)
	testbed.Eventually(t, "the first has what came since", func() bool { return first.HasLine("line 300") })
	w.Close()
	if err := stop(); err != nil {
		t.Error(err)
	}
	if n := second.Count(); n != before {
		t.Errorf("the second has %d lines more", n-before)
	}
	if n := first.Count(); n != 200 {
		t.Errorf("the first has %d lines, want the first and the last 100: the end of the second's session was in good order", n)
	}
	testbed.CheckRepeats(t, append(first.Messages(), second.Messages()...), "access", 300)
}

// TestSecondServerThatDoesNotRead: its session is given up when the first is back.
func TestSecondServerThatDoesNotRead(t *testing.T) {
	t.Parallel()
	first := testbed.NewCentral(t)
	first.Kill()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	host, port, _ := net.SplitHostPort(l.Addr().String())
	o := relayTo(first, "central")
	o.Servers = append(o.Servers, transport.Server{Scheme: "tcp", Host: host, Port: port})
	s := newSite(t, o)
	w := s.writer("access")
	const n = 200000
	for range n / 1000 {
		w.Lines(1000)
	}
	w.Close()
	stop := s.deliver()
	if _, err := l.Accept(); err != nil {
		t.Fatal(err)
	}
	first.Open()
	testbed.Eventually(t, "the first has all", func() bool { return first.Count() == n })
	if err := stop(); err != nil {
		t.Error(err)
	}
	testbed.CheckRepeats(t, first.Messages(), "access", n)
}

// TestServerThatClosesAtOnce: a load balancer with nothing behind it is passed
// over, and not tried over and over.
func TestServerThatClosesAtOnce(t *testing.T) {
	t.Parallel()
	second := testbed.NewCentral(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	accepted := make(chan struct{}, 1000)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			c.Close()
			accepted <- struct{}{}
		}
	}()
	host, port, _ := net.SplitHostPort(l.Addr().String())
	o := relayTo(second, "central")
	o.Servers = []transport.Server{{Scheme: "tcp", Host: host, Port: port}, serverOf(second)}
	s := newSite(t, o)
	w := s.writer("access")
	w.Lines(100)
	begun := time.Now()
	stop := s.deliver()
	testbed.Eventually(t, "the second has all", func() bool { return second.Count() == 100 })
	w.Close()
	if err := stop(); err != nil {
		t.Error(err)
	}
	if n, most := len(accepted), 5+int(time.Since(begun)/(relayTiming.ReturnEvery/2)); n > most {
		t.Errorf("%d connections to a server that closes them, want %d at most", n, most)
	}
}

// TestRateIsKept: over the whole, no more than the rate and a burst.
func TestRateIsKept(t *testing.T) {
	t.Parallel()
	c := testbed.NewCentral(t)
	o := relayTo(c, "central")
	o.Rate = 1000
	s := newSite(t, o)
	w := s.writer("access")
	const lines = 500
	w.Lines(lines)
	start := time.Now()
	stop := s.deliver()
	testbed.Eventually(t, "all is there", func() bool { return c.Count() == lines })
	if d := time.Since(start); d < (lines-10)*time.Millisecond {
		t.Errorf("%d messages in %v at 1000 a second", lines, d)
	}
	w.Close()
	if err := stop(); err != nil {
		t.Error(err)
	}
}

// TestSlowRateEnds: a relay whose rate would take minutes for what it has in hand ends when
// it is told to all the same, and the rest waits.
func TestSlowRateEnds(t *testing.T) {
	t.Parallel()
	c := testbed.NewCentral(t)
	o := relayTo(c, "central")
	o.Rate = 1
	s := newSite(t, o)
	s.o.DrainTimeout, s.o.Timing.Stop = 0, 100*time.Millisecond
	w := s.writer("access")
	w.Lines(1000) // one frame
	w.Close()
	stop := s.deliver()
	testbed.Eventually(t, "a line is there", func() bool { return c.Count() > 0 })
	ended := make(chan error, 1)
	go func() { ended <- stop() }()
	testbed.Eventually(t, "it has ended", func() bool { return len(ended) > 0 })
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func atoi(t *testing.T, s string) int {
	t.Helper()
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func removeAll(t *testing.T, dir string) {
	t.Helper()
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
}
