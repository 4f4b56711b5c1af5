package forwarder

import (
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

func init() { returnEvery, standFor = 200*time.Millisecond, 50*time.Millisecond }

// TestSeveralServers: the next one is used when one fails, and the first again
// when it is back; every line is at one of them at least, and what is ended in
// good order is not repeated.
func TestSeveralServers(t *testing.T) { overConnections(t, severalServers) }

func severalServers(t *testing.T, scheme string) {
	first, second := newCentralOver(t, scheme), newCentralOver(t, scheme)
	o := relayTo(first, "central")
	o.Servers = append(o.Servers, second.server())
	s := newSite(t, o)
	w := s.writer("access")
	w.write(100)
	stop := s.deliver()
	eventually(t, "the first has all", func() bool { return first.count() == 100 })
	first.kill()
	w.write(100)
	eventually(t, "the second has the rest", func() bool { return hasLine(second, "line 200") })
	before := second.count()
	first.open()
	eventually(t, "the relay goes back", func() bool {
		return strings.Contains(s.local("audit_log"), "relay central: back from "+second.server().String()+" to "+first.server().String())
	})
	w.write(100)
	eventually(t, "the first has what came since", func() bool { return hasLine(first, "line 300") })
	w.close()
	if err := stop(); err != nil {
		t.Error(err)
	}
	if n := second.count(); n != before {
		t.Errorf("the second has %d lines more", n-before)
	}
	if n := first.count(); n != 200 {
		t.Errorf("the first has %d lines, want the first and the last 100: the end of the second's session was in good order", n)
	}
	checkRepeats(t, append(first.messages(), second.messages()...), "access", 300)
}

// hasLine looks for a line, from the last one on.
func hasLine(c *central, text string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.ContainsFunc(c.got[max(0, len(c.got)-2000):], func(m message) bool { return m.text == text })
}

// TestSecondServerThatDoesNotRead: its session is given up when the first is back.
func TestSecondServerThatDoesNotRead(t *testing.T) {
	first := newCentral(t)
	first.kill()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	host, port, _ := net.SplitHostPort(l.Addr().String())
	o := relayTo(first, "central")
	o.Servers = append(o.Servers, Server{Scheme: "tcp", Host: host, Port: port})
	s := newSite(t, o)
	w := s.writer("access")
	const n = 200000
	for range n / 1000 {
		w.write(1000)
	}
	w.close()
	stop := s.deliver()
	if _, err := l.Accept(); err != nil {
		t.Fatal(err)
	}
	first.open()
	eventually(t, "the first has all", func() bool { return first.count() == n })
	if err := stop(); err != nil {
		t.Error(err)
	}
	checkRepeats(t, first.messages(), "access", n)
}

// TestServerThatClosesAtOnce: a load balancer with nothing behind it is passed
// over, and not tried over and over.
func TestServerThatClosesAtOnce(t *testing.T) {
	second := newCentral(t)
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
	o.Servers = []Server{{Scheme: "tcp", Host: host, Port: port}, second.server()}
	s := newSite(t, o)
	w := s.writer("access")
	w.write(100)
	stop := s.deliver()
	eventually(t, "the second has all", func() bool { return second.count() == 100 })
	w.close()
	if err := stop(); err != nil {
		t.Error(err)
	}
	if n := len(accepted); n > 20 {
		t.Errorf("%d connections to a server that closes them", n)
	}
}

// TestRateIsKept: over the whole, no more than the rate and a burst.
func TestRateIsKept(t *testing.T) {
	c := newCentral(t)
	o := relayTo(c, "central")
	o.Rate = 1000
	s := newSite(t, o)
	w := s.writer("access")
	w.write(1500)
	start := time.Now()
	stop := s.deliver()
	eventually(t, "all is there", func() bool { return c.count() == 1500 })
	if d := time.Since(start); d < 1490*time.Millisecond {
		t.Errorf("1500 messages in %v at 1000 a second", d)
	}
	w.close()
	if err := stop(); err != nil {
		t.Error(err)
	}
}

// TestSlowRateEnds: a relay whose rate would take minutes for what it has in hand ends when
// it is told to all the same, and the rest waits.
func TestSlowRateEnds(t *testing.T) {
	c := newCentral(t)
	o := relayTo(c, "central")
	o.Rate = 1
	s := newSite(t, o)
	s.o.DrainTimeout = 0
	w := s.writer("access")
	w.write(1000) // one frame
	w.close()
	stop := s.deliver()
	eventually(t, "a line is there", func() bool { return c.count() > 0 })
	ended := make(chan error, 1)
	go func() { ended <- stop() }()
	eventually(t, "it has ended", func() bool { return len(ended) > 0 })
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
