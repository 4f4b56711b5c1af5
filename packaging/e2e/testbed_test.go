// Package e2e runs httpd_syslog between the programs it is made for: a real
// Apache httpd before it, a real rsyslog behind it, and the Perl recipe beside
// it that it replaces.
//
// Everything is private to a test: configuration, ports, sockets and
// directories. No service of the machine is touched. Where a program is missing
// its tests are skipped, unless HTTPD_SYSLOG_NEED_PEERS is set: then they fail.
//
// What Apache has logged is known from a second log that Apache writes by itself,
// to a plain file.
package e2e

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"testing"

	"httpd-syslog/forwarder/testbed"
)

// given are the ports that tests have got: one that is not listened on yet looks free.
var given sync.Map

// freePort finds a port that is free for TCP and UDP, below those that the
// kernel gives to clients: the requests of a test must not take its servers'.
func freePort(t *testing.T) int {
	t.Helper()
	const first, last = 20000, 32000
	for range 100 {
		port := first + rand.IntN(last-first)
		addr := fmt.Sprintf("127.0.0.1:%d", port)
		l, err := net.Listen("tcp", addr)
		if err != nil {
			continue
		}
		l.Close()
		p, err := net.ListenPacket("udp", addr)
		if err != nil {
			continue
		}
		p.Close()
		if _, taken := given.LoadOrStore(port, true); taken {
			continue
		}
		return port
	}
	t.Fatal("no free port")
	return 0
}

// server is a process of a peer, in a session of its own: Apache signals its
// whole process group.
type server struct {
	pid     int
	console string // file with its standard output and error
	ended   chan struct{}
	err     error // read when ended is closed
}

// startServer starts a server, and kills it at the end of a test that has not
// ended it.
func startServer(t *testing.T, cmd *exec.Cmd, console string) *server {
	t.Helper()
	out, err := os.Create(console) // no pipe: the end of one would have to be waited for
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	cmd.Stdout, cmd.Stderr = out, out
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Setsid = true
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s := &server{pid: cmd.Process.Pid, console: console, ended: make(chan struct{})}
	go func() {
		s.err = cmd.Wait()
		close(s.ended)
	}()
	t.Cleanup(func() { s.kill(t) })
	return s
}

func (s *server) hasEnded() bool {
	select {
	case <-s.ended:
		return true
	default:
		return false
	}
}

// kill is for a test that has failed.
func (s *server) kill(t *testing.T) {
	if t.Failed() {
		t.Logf("%s:\n%s", s.console, tail(s.console))
	}
	if !s.hasEnded() {
		_ = syscall.Kill(-s.pid, syscall.SIGKILL) // it may be ending just now
		<-s.ended
	}
}

func (s *server) signal(t *testing.T, sig syscall.Signal) {
	t.Helper()
	if err := syscall.Kill(s.pid, sig); err != nil {
		t.Fatalf("%s: %v", s.console, err)
	}
}

// end ends the server with a signal and waits for it.
func (s *server) end(t *testing.T, sig syscall.Signal) {
	t.Helper()
	s.signal(t, sig)
	testbed.Eventually(t, "end of "+s.console, s.hasEnded)
	if s.err != nil {
		t.Errorf("%s: %v", s.console, s.err)
	}
}
