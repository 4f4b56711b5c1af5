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
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// patience is how long anything may take. It is long because it only matters
// when something is broken, and the machine may be busy.
const patience = 90 * time.Second

// eventually waits until done says so. It is the only place where a test sleeps.
func eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	const look = 10 * time.Millisecond
	for end := time.Now().Add(patience); !done(); time.Sleep(look) {
		if time.Now().After(end) {
			t.Fatalf("waited %v in vain: %s", patience, what)
		}
	}
}

// need returns the path of the first of the named programs that is installed.
func need(t *testing.T, names ...string) string {
	t.Helper()
	for _, name := range names {
		for _, file := range []string{name, "/usr/sbin/" + name} { // PATH often lacks sbin
			if path, err := exec.LookPath(file); err == nil {
				return path
			}
		}
	}
	lacking(t, "%s is not installed", names[0])
	return ""
}

// lacking skips a test for want of a peer, where that is allowed.
func lacking(t *testing.T, format string, args ...any) {
	t.Helper()
	if os.Getenv("HTTPD_SYSLOG_NEED_PEERS") != "" {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}

// tempDir is a directory that other users can reach: a server that is started by
// root has children that are not.
func tempDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, d := range []string{dir, filepath.Dir(dir)} {
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

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
		return port
	}
	t.Fatal("no free port")
	return 0
}

// writeFile makes a file, and the directories above it.
func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
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
	eventually(t, "end of "+s.console, s.hasEnded)
	if s.err != nil {
		t.Errorf("%s: %v", s.console, s.err)
	}
}
