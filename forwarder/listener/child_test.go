package listener_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"httpd-syslog/forwarder"
	"httpd-syslog/forwarder/listener"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/syslogfmt"
)

// childVariable makes the test binary a process that listens: see child.
const childVariable = "LISTENER_TEST_CHILD"

// child listens on every kind of socket, with a spool, as the service does, until its
// standard input ends. It prints where.
func child(dir string) {
	fail := func(err error) {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	r, err := forwarder.NewReceiving(ctx, forwarder.ReceivingOptions{
		Streams:  []forwarder.Stream{{Name: "good", Facility: syslogfmt.Local1}, {Name: "flood", Facility: syslogfmt.Local2}},
		StateDir: dir, Memory: 16e6, MaxLine: 128 << 10, LastTry: time.Minute,
	})
	fail(err)
	var serving sync.WaitGroup
	for _, a := range []listener.Address{
		{Scheme: "unixgram", Path: filepath.Join(dir, "log")}, {Scheme: "unix", Path: filepath.Join(dir, "stream")},
		{Scheme: "udp", Host: "127.0.0.1", Port: "0"}, {Scheme: "tcp", Host: "127.0.0.1", Port: "0"},
	} {
		l, err := listener.Open(listener.Options{Address: a, Idle: time.Second})
		fail(err)
		fmt.Println(l.Addr())
		serving.Go(func() { fail(l.Serve(ctx, r)) })
	}
	fmt.Println()
	_, err = io.Copy(io.Discard, os.Stdin)
	fail(err)
	cancel()
	serving.Wait()
	fail(r.Close())
}

// listening is a child that listens.
type listening struct {
	t     *testing.T
	dir   string
	cmd   *exec.Cmd
	stdin io.Closer
	addrs map[string]string // by network
}

func startListening(t *testing.T) *listening {
	t.Helper()
	l := &listening{t: t, dir: t.TempDir(), addrs: make(map[string]string)}
	l.cmd = exec.Command(os.Args[0])
	l.cmd.Env = append(os.Environ(), childVariable+"="+l.dir)
	l.cmd.Stderr = os.Stderr
	stdin, err1 := l.cmd.StdinPipe()
	stdout, err2 := l.cmd.StdoutPipe()
	if err := firstError(err1, err2, l.cmd.Start()); err != nil {
		t.Fatal(err)
	}
	l.stdin = stdin
	t.Cleanup(func() {
		stdin.Close()
		l.cmd.Process.Kill()
		l.cmd.Wait()
	})
	lines := bufio.NewScanner(stdout)
	for _, network := range []string{"unixgram", "unix", "udp", "tcp"} {
		if !lines.Scan() {
			t.Fatal("the child does not listen")
		}
		l.addrs[network] = lines.Text()
	}
	return l
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
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

// end ends the child, and returns the texts in its spool by stream.
func (l *listening) end() map[string][]string {
	l.t.Helper()
	l.stdin.Close()
	if err := l.cmd.Wait(); err != nil {
		l.t.Fatal(err)
	}
	return l.texts()
}

// texts are those in its spool now.
func (l *listening) texts() map[string][]string {
	l.t.Helper()
	texts := make(map[string][]string)
	c := spool.NewCatalog(forwarder.SpoolDir(l.dir))
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
