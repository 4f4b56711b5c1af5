// Package natsbed has NATS servers with JetStream for tests: one alone, or a cluster.
package natsbed

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"httpd-syslog/forwarder/testbed"
)

// Server is one server. It ends with the test.
type Server struct {
	Name    string
	Address string // host and port for clients
	Dir     string // with its configuration, its log and its store
	program string
	group   uint32        // 0: that of the test
	cmd     *exec.Cmd     // nil: it does not run
	ended   chan struct{} // closed when cmd has
}

// Options say what a server is to have besides the usual.
type Options struct {
	More        string // lines of its configuration
	NoJetStream bool
	Store       string // lines of its jetstream block
	Groups      bool   // each server of a cluster has a group of its own (root), by which Part knows its packets
}

// New starts a server of its own.
func New(t *testing.T, o Options) *Server {
	t.Helper()
	s := newServer(t, "alone", o, "")
	s.Start(t)
	return s
}

func newServer(t *testing.T, name string, o Options, more string) *Server {
	t.Helper()
	s := &Server{Name: name, Address: testbed.FreeAddress(t), Dir: t.TempDir(), program: testbed.Engine(t, "nats-server")}
	_, port, _ := net.SplitHostPort(s.Address)
	conf := fmt.Sprintf("server_name: %s\nlisten: \"127.0.0.1:%s\"\nlog_file: %q\n", name, port, s.log())
	if !o.NoJetStream {
		conf += fmt.Sprintf("jetstream { store_dir: %q\n%s }\n", filepath.Join(s.Dir, "store"), o.Store)
	}
	testbed.WriteFile(t, s.conf(), conf+more+o.More+"\n")
	t.Cleanup(func() { s.end() })
	return s
}

func (s *Server) conf() string { return filepath.Join(s.Dir, "nats-server.conf") }
func (s *Server) log() string  { return filepath.Join(s.Dir, "nats-server.log") }

// Start starts it, with what its directory has, and waits until it takes connections.
func (s *Server) Start(t *testing.T) {
	t.Helper()
	s.Begin(t)
	s.awaitClients(t)
}

func (s *Server) awaitClients(t *testing.T) {
	t.Helper()
	testbed.Eventually(t, s.Name+" takes connections", func() bool {
		select {
		case <-s.ended:
			t.Fatalf("%s has ended: %v\n%s", s.Name, s.cmd.ProcessState, s.Log())
		default:
		}
		c, err := net.Dial("tcp", s.Address)
		if err != nil {
			return false
		}
		defer c.Close()
		_ = c.SetReadDeadline(time.Now().Add(testbed.Patience))
		n, _ := c.Read(make([]byte, 4)) // INFO: a connection alone could be to the kernel
		return n > 0 || strings.Contains(s.Log(), "Server is ready")
	})
}

// Begin starts it without waiting.
func (s *Server) Begin(t *testing.T) {
	t.Helper()
	s.cmd, s.ended = exec.Command(s.program, "-c", s.conf()), make(chan struct{})
	if s.group != 0 {
		s.cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Gid: s.group}}
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func(cmd *exec.Cmd, ended chan<- struct{}) {
		defer close(ended)
		_ = cmd.Wait() // its state says it
	}(s.cmd, s.ended)
}

// Kill ends it as kill -9 does.
func (s *Server) Kill(*testing.T) { s.end() }

func (s *Server) end() {
	if s.cmd == nil {
		return
	}
	_ = s.cmd.Process.Kill() // it may have ended
	<-s.ended
	s.cmd = nil
}

// Stop has it do nothing until Continue, with its connections standing.
func (s *Server) Stop(t *testing.T) { testbed.Process(s.cmd.Process.Pid).Stop(t) }

// Continue ends Stop.
func (s *Server) Continue(t *testing.T) { testbed.Process(s.cmd.Process.Pid).Continue(t) }

// Log is what it has told.
func (s *Server) Log() string {
	b, _ := os.ReadFile(s.log())
	return string(b)
}

// URL is for clients.
func (s *Server) URL() string { return "nats://" + s.Address }

// Connect connects as a client that waits for the server, with options of package nats; the connection ends with the test.
func (s *Server) Connect(t *testing.T, options ...nats.Option) (*nats.Conn, jetstream.JetStream) {
	t.Helper()
	options = append([]nats.Option{nats.Timeout(testbed.Patience), nats.MaxReconnects(-1), nats.ReconnectWait(20 * time.Millisecond)}, options...)
	c, err := nats.Connect(s.URL(), options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	js, err := jetstream.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return c, js
}

// Stream makes a stream as evidence wants it, but for its replicas, which change may set with all else. It
// waits until a cluster is ready for it.
func Stream(t *testing.T, js jetstream.JetStream, change func(*jetstream.StreamConfig)) {
	t.Helper()
	c := jetstream.StreamConfig{
		Name: "HTTPD", Subjects: []string{"httpd.>"}, Storage: jetstream.FileStorage, Discard: jetstream.DiscardNew,
		DenyDelete: true, DenyPurge: true, AllowDirect: true, Replicas: 1,
	}
	if change != nil {
		change(&c)
	}
	var err error
	testbed.Eventually(t, "the stream is made", func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		_, err = js.CreateOrUpdateStream(ctx, c)
		if _, refused := err.(*jetstream.APIError); refused && !strings.Contains(err.Error(), "temporarily unavailable") && !strings.Contains(err.Error(), "insufficient resources") && !strings.Contains(err.Error(), "no suitable peers") {
			t.Fatal(err)
		}
		return err == nil
	})
}
