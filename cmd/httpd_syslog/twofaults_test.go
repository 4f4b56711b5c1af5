package main

import (
	"net"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"httpd-syslog/forwarder/testbed"
)

// TestServerAndDelivererDieTogether: what the server's kernel had acknowledged, and the
// server never read, is gone with it. That the deliverer is killed at the same moment
// makes no difference: it is sent again.
func TestServerAndDelivererDieTogether(t *testing.T) {
	t.Parallel()
	const n = 100 // what a kernel holds for who does not read
	s, srv := newSite(t), newServer(t)
	deaf, err := listenShared(srv.addr)
	if err != nil {
		t.Fatal(err)
	}
	accepted := make(chan net.Conn, 1)
	go func() {
		if conn, err := deaf.Accept(); err == nil {
			accepted <- conn
		}
	}()
	s.configure("%s%s", s.places(), srv.relay("central"))
	f, w := s.pipe()
	writeLines(t, w, 1, n)
	conn := <-accepted
	cursor := filepath.Join(s.state, "cursors", "relay-central")
	testbed.Eventually(t, "a record that all is accepted", func() bool {
		_, after, _ := strings.Cut(testbed.ReadFile(t, cursor), `"relay":{"lines":`)
		lines, _, _ := strings.Cut(after, ",")
		got, err := strconv.Atoi(lines)
		return err == nil && got >= n
	})
	kill(t, s.one("deliver"), syscall.SIGKILL)
	deaf.Close()
	if err := conn.(*net.TCPConn).SetLinger(0); err != nil {
		t.Fatal(err)
	}
	conn.Close()
	srv.open()
	srv.awaitText(line(n))
	w.Close()
	f.wait(0)
	s.awaitEnd()
	checkAll(t, "server", srv.texts(), n)
	checkAll(t, "local log", s.localLines(), n)
}
