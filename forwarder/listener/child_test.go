package listener_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"httpd-syslog/forwarder"
	"httpd-syslog/forwarder/listener"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/syslogfmt"
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
	r, err := forwarder.NewReceiving(ctx, forwarder.ReceivingOptions{
		Streams:  []forwarder.Stream{{Name: "good", Facility: syslogfmt.Local1}, {Name: "flood", Facility: syslogfmt.Local2}},
		StateDir: dir, Memory: 16e6, MaxLine: 128 << 10, LastTry: time.Minute,
	})
	if err != nil {
		return err
	}
	ended := make(chan error)
	var all []*listener.Listener
	for _, a := range []listener.Address{
		{Scheme: "unixgram", Path: filepath.Join(dir, "log")}, {Scheme: "unix", Path: filepath.Join(dir, "stream")},
		{Scheme: "udp", Host: "127.0.0.1", Port: "0"}, {Scheme: "tcp", Host: "127.0.0.1", Port: "0"},
	} {
		l, err := listener.Open(listener.Options{Address: a, Idle: time.Second})
		if err != nil {
			return err
		}
		all = append(all, l)
		fmt.Println(l.Addr())
		go func() { ended <- l.Serve(ctx, r) }()
	}
	_, err = io.Copy(io.Discard, os.Stdin)
	cancel()
	defer func() {
		for _, l := range all {
			fmt.Printf("%s: %+v\n", l.Addr().Network(), l.Stats())
		}
	}()
	return errors.Join(err, <-ended, <-ended, <-ended, <-ended, r.Close())
}

// listening is a child that listens.
type listening struct {
	*child
	t     *testing.T
	dir   string
	addrs map[string]string // by network
}

func startListening(t *testing.T) *listening {
	t.Helper()
	dir := t.TempDir()
	l := &listening{startChild(t, "listen", dir), t, dir, make(map[string]string)}
	for _, network := range []string{"unixgram", "unix", "udp", "tcp"} {
		l.addrs[network] = l.line(t)
	}
	return l
}

// peakMemory is the most that the child has had in memory so far, in bytes.
func (l *listening) peakMemory() int {
	l.t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", l.cmd.Process.Pid))
	if err != nil {
		l.t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(b), "VmHWM:")
	kib, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		l.t.Fatal(err)
	}
	return kib << 10
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
	c := spool.NewCatalog(statedir.SpoolDir(l.dir))
	if err := c.Refresh(); err != nil {
		l.t.Fatal(err)
	}
	r := spool.NewReader(c, nil, nil)
	defer r.Close()
	for {
		f, err := r.Next()
		if err != nil {
			l.t.Fatal(err)
		}
		if f == nil {
			return texts
		}
		if f.First > 0 && f.Kind == spool.Lines {
			texts[f.Head.Stream] = append(texts[f.Head.Stream], strings.TrimSuffix(string(f.Payload), "\n"))
		}
	}
}
