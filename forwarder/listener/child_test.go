package listener_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"httpd-syslog/forwarder/inlet"
	"httpd-syslog/forwarder/listener"
	"httpd-syslog/forwarder/relp"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/stream"
	"httpd-syslog/forwarder/syslogfmt"
	"httpd-syslog/forwarder/testbed"
	"httpd-syslog/forwarder/trust"
	"httpd-syslog/forwarder/trust/trusttest"
)

// childVariable makes the test binary another process, whose arguments it has as JSON.
const childVariable = "LISTENER_TEST_CHILD"

var children = map[string]func(args []string) error{"listen": listenChild, "attack": attackChild}

// runChild does what a child is to do.
func runChild(args string) {
	var all []string
	err := json.Unmarshal([]byte(args), &all)
	if err == nil {
		err = children[all[0]](all[1:])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// child is a process of this test binary.
type child struct {
	cmd    *exec.Cmd
	stdin  io.Closer
	stdout *bufio.Scanner
}

// startChild starts one, which is to end when its standard input does.
func startChild(t *testing.T, args ...string) *child {
	t.Helper()
	b, err := json.Marshal(args)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childVariable+"="+string(b))
	cmd.Stderr = os.Stderr
	stdin, err1 := cmd.StdinPipe()
	stdout, err2 := cmd.StdoutPipe()
	if err := errors.Join(err1, err2, cmd.Start()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stdin.Close()
		cmd.Process.Kill()
		cmd.Wait()
	})
	return &child{cmd, stdin, bufio.NewScanner(stdout)}
}

// line is the next that it prints.
func (c *child) line(t *testing.T) string {
	t.Helper()
	if !c.stdout.Scan() {
		t.Fatal("a child has said nothing")
	}
	return c.stdout.Text()
}

// listenChild listens on every kind of socket, with a spool, as the service does, until its
// standard input ends. It prints where.
func listenChild(args []string) error {
	dir := args[0]
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	r, err := inlet.New(ctx, inlet.Options{
		Streams:  []stream.Stream{{Name: "good", Facility: syslogfmt.Local1}, {Name: "flood", Facility: syslogfmt.Local2}},
		StateDir: statedir.Dir(dir), Memory: 16e6, MaxLine: 128 << 10, LastTry: time.Minute,
	})
	if err != nil {
		return err
	}
	ended := make(chan error)
	var all []*listener.Listener
	for _, a := range []listener.Address{
		{Scheme: "unixgram", Path: filepath.Join(dir, "log")}, {Scheme: "unix", Path: filepath.Join(dir, "stream")},
		{Scheme: "udp", Host: "127.0.0.1", Port: "0"}, {Scheme: "tcp", Host: "127.0.0.1", Port: "0"}, {Scheme: "tls", Host: "127.0.0.1", Port: "0"},
		{Scheme: "relp", Host: "127.0.0.1", Port: "0"}, {Scheme: "relp+tls", Host: "127.0.0.1", Port: "0"},
	} {
		l, err := listener.Open(listener.Options{Address: a, Idle: childIdle, TLS: &trust.ServerOptions{
			CertFile: filepath.Join(dir, "cert.pem"), KeyFile: filepath.Join(dir, "key.pem"), ClientCAFile: filepath.Join(dir, "ca.pem")}})
		if err != nil {
			return err
		}
		all = append(all, l)
		fmt.Println(l.Addr())
		go func() { ended <- l.Serve(ctx, r) }()
	}
	_, err = io.Copy(io.Discard, os.Stdin)
	cancel()
	for range all {
		err = errors.Join(err, <-ended)
	}
	for _, l := range all {
		fmt.Printf("%s: %+v\n", l.Address().Scheme, l.Stats())
	}
	return errors.Join(err, r.Close())
}

// listening is a child that listens.
type listening struct {
	*child
	t     *testing.T
	dir   string
	addrs map[string]string // by scheme
}

func startListening(t *testing.T) *listening {
	t.Helper()
	dir := t.TempDir()
	authority := trusttest.Shared(t)
	trusttest.WritePair(t, dir, authority.Sign(t, nil))
	trusttest.Write(t, filepath.Join(dir, "ca.pem"), authority.PEM())
	l := &listening{startChild(t, "listen", dir), t, dir, make(map[string]string)}
	for _, scheme := range []string{"unixgram", "unix", "udp", "tcp", "tls", "relp", "relp+tls"} {
		l.addrs[scheme] = l.line(t)
	}
	return l
}

// childIdle is how long the child waits for a connection's first message.
const childIdle = time.Second

// dial connects as a good client does.
func (l *listening) dial(scheme string) (conn io.WriteCloser, err error) {
	switch scheme {
	case "tls", "relp+tls":
		authority := trusttest.Shared(l.t)
		conn, err = tls.Dial("tcp", l.addrs[scheme], &tls.Config{RootCAs: authority.Pool(), ServerName: "localhost", Certificates: []tls.Certificate{authority.Sign(l.t, nil)}})
	case "relp":
		conn, err = net.Dial("tcp", l.addrs[scheme])
	default:
		return net.Dial(scheme, l.addrs[scheme])
	}
	if err != nil {
		return nil, err
	}
	if scheme == "tls" {
		return conn, nil
	}
	c, err := relp.Open(context.Background(), conn.(net.Conn), relp.Options{})
	if err != nil {
		return nil, err
	}
	return relpWriter{c}, nil
}

// relpWriter sends what is written as one message.
type relpWriter struct{ *relp.Client }

func (w relpWriter) Write(b []byte) (int, error) {
	return len(b), w.Send(b, []int{len(b)}, func() error { return nil })
}

// Close waits until all is answered.
func (w relpWriter) Close() error { return w.Client.Close(context.Background()) }

// peakMemory is the most that the child has had in memory so far, in bytes.
func (l *listening) peakMemory() int {
	l.t.Helper()
	return testbed.Process(l.cmd.Process.Pid).PeakMemory(l.t) << 10
}

// end ends the child, logs what it counted, and returns the texts in its spool by stream.
func (l *listening) end() map[string][]string {
	l.t.Helper()
	l.stdin.Close()
	for l.stdout.Scan() {
		l.t.Log(l.stdout.Text())
	}
	if err := l.cmd.Wait(); err != nil {
		l.t.Fatal(err)
	}
	return l.texts()
}

// texts are those in its spool now.
func (l *listening) texts() map[string][]string {
	l.t.Helper()
	texts := make(map[string][]string)
	for f := range testbed.Frames(l.t, statedir.Dir(l.dir).Spool()) {
		if f.First > 0 && f.Kind == frame.Lines {
			texts[f.Head.Stream] = append(texts[f.Head.Stream], strings.TrimSuffix(string(f.Payload), "\n"))
		}
	}
	return texts
}
