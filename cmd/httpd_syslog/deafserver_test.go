package main

import (
	"net"
	"strings"
	"testing"

	"httpd-syslog/forwarder/testbed"
)

// TestServerThatNeverReads: it takes connections and not a byte from them. The web
// server, the local log and another relay do not wait for it, and it has every line
// once it is replaced.
func TestServerThatNeverReads(t *testing.T) {
	t.Parallel()
	s, alive, deaf := newSite(t), newServer(t), newServer(t)
	alive.open()
	l, err := listenShared(deaf.addr)
	if err != nil {
		t.Fatal(err)
	}
	conns := make(chan net.Conn, 1000)
	go func() {
		defer close(conns)
		for {
			c, err := l.Accept()
			if err != nil {
				return // closed
			}
			conns <- c
		}
	}()
	s.configure("%s%s%s", s.places(), alive.relay("alive"), deaf.relay("deaf"))
	front, w := s.pipe()
	f := &feed{t: t, w: w}
	worst := f.pour(300_000) // 30 MB, more than the kernels hold
	testbed.Eventually(t, "the other server has all", func() bool { return alive.distinct() == f.lines })
	testbed.Eventually(t, "the local log has all", func() bool { return strings.Count(s.local("access_log"), "\n") == f.lines })
	if len(conns) == 0 {
		t.Error("the deaf server was not called")
	}
	l.Close()
	for c := range conns {
		_ = c.(*net.TCPConn).SetLinger(0)
		c.Close()
	}
	deaf.open()
	testbed.Eventually(t, "it has all, too", func() bool { return deaf.distinct() == f.lines })
	w.Close()
	front.wait(0)
	s.awaitEnd()
	t.Logf("%d lines; longest write to the pipe %v", f.lines, worst)
	for name, srv := range map[string]*server{"alive": alive, "deaf": deaf} {
		if n := srv.distinct(); n != f.lines {
			t.Errorf("%s: %d of %d lines", name, n, f.lines)
		}
	}
	if n := len(alive.all("access")); n != f.lines {
		t.Errorf("the other server has got %d messages for %d lines", n, f.lines)
	}
}
