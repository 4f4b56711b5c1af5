package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"httpd-syslog/forwarder/testbed"
)

// say sends a message as libc's syslog() does.
func say(t *testing.T, network, address, message string) {
	t.Helper()
	conn, err := net.Dial(network, address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write([]byte(message)); err != nil {
		t.Fatal(err)
	}
}

// errorMessage is what Apache says with ErrorLog syslog:local2; 147 is local2.err.
func errorMessage(n int) string {
	return fmt.Sprintf("<147>Nov 25 10:00:00 httpd[4711]: [core:error] [pid 4711:tid 1] AH%05d: it's line %d", n, n)
}

// TestServiceTakesSyslogIn: a message goes to the stream of its facility, with the
// severity, time and process that it came with, into the local file and to the server;
// one that no stream has is counted and refused. Reloads change where it listens.
func TestServiceTakesSyslogIn(t *testing.T) {
	t.Parallel()
	s, srv := newSite(t), newServer(t)
	srv.open()
	dir := socketDir(t)
	first, second := filepath.Join(dir, "log"), filepath.Join(dir, "log2")
	configure := func(paths ...string) {
		listen := ""
		for _, path := range paths {
			listen += fmt.Sprintf("[[listen]]\nurl = \"unixgram://%s\"\n", path)
		}
		s.configure("%s%s%s", s.places(), srv.relay("central"), listen)
	}
	configure(first)
	service := s.serve()
	const n = 50
	for i := 1; i <= n; i++ {
		say(t, "unixgram", first, errorMessage(i))
	}
	say(t, "unixgram", first, "<13>Nov 25 10:00:00 somebody: user.notice has no stream")
	await := func(n int) {
		t.Helper()
		text := strings.SplitN(errorMessage(n), "]: ", 2)[1]
		testbed.Eventually(t, text, func() bool { return strings.HasSuffix(s.local("error_log"), text+"\n") })
		testbed.Eventually(t, text+" at the server", func() bool {
			got := srv.all("error")
			return len(got) > 0 && got[len(got)-1].text == text
		})
	}
	await(n)
	for i, m := range srv.all("error") {
		if m.pri != 147 || !strings.HasPrefix(m.procID, "4711-") || m.seq != uint64(i+1) {
			t.Errorf("message %d: %+v", i, m)
		}
	}
	host, _ := os.Hostname()
	for i, line := range split(t, s.local("error_log")) {
		at, rest, _ := strings.Cut(line, " ")
		if !strings.Contains(at, "-11-25T10:00:00") || !strings.HasPrefix(rest, fmt.Sprintf("%s httpd[4711]: [ID %d local2.err] ", host, i+1)) {
			t.Errorf("line %d: %q", i, line)
		}
	}
	testbed.Eventually(t, "the refused message in status", func() bool {
		return strings.Contains(testbed.ReadFile(t, filepath.Join(s.state, "status")), `"messages":50,"refused":{"facility":1}`)
	})

	configure(first, second)
	kill(t, service.cmd.Process.Pid, syscall.SIGHUP)
	testbed.Eventually(t, "the second socket", func() bool { return testbed.Exists(second) })
	say(t, "unixgram", second, errorMessage(n+1))
	await(n + 1)
	say(t, "unixgram", first, errorMessage(n+2))
	await(n + 2)
	configure(second)
	kill(t, service.cmd.Process.Pid, syscall.SIGHUP)
	testbed.Eventually(t, "the end of the first socket", func() bool { return !testbed.Exists(first) })
	say(t, "unixgram", second, errorMessage(n+3))
	await(n + 3)

	say(t, "unixgram", second, errorMessage(n+4)) // just before the end
	service.endService()
	if got := srv.all("error"); len(got) != n+4 {
		t.Errorf("%d messages at the server, %d were sent", len(got), n+4)
	}
	s.awaitEnd()
}

// TestEndWhileSendersWait: a service whose spool is full, and whose senders wait for
// room, ends all the same.
func TestEndWhileSendersWait(t *testing.T) {
	t.Parallel()
	s, srv := newSite(t), newServer(t)
	address := testbed.FreeAddress(t)
	s.configure("deliver = \"service\"\n%s[spool]\nmax_size = \"2MiB\"\nmemory = \"1MiB\"\nwhen_full = \"block\"\n%s[[listen]]\nurl = \"tcp://%s\"\n",
		s.places(), srv.relay("central"), address)
	service := s.serve()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	line := []byte(errorMessage(1) + strings.Repeat("x", 10_000) + "\n")
	const much, stuck = 4 << 30, 5 * time.Second
	for sent := 0; err == nil; sent += len(line) {
		if sent > much {
			t.Fatal("nobody has to wait")
		}
		if err := conn.SetWriteDeadline(time.Now().Add(stuck)); err != nil {
			t.Fatal(err)
		}
		_, err = conn.Write(line)
		time.Sleep(time.Millisecond) // not to fill the disk before anybody has looked
	}
	service.endService()
}

// TestListenerThatCannotListen: the service begins without it, says so, and takes it up
// when it can.
func TestListenerThatCannotListen(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	path := filepath.Join(socketDir(t), "log")
	other, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	s.configure("%s[[listen]]\nurl = \"unixgram://%s\"\n", s.places(), path)
	service := s.serve()
	s.awaitStderr("listen on unixgram://" + path + ": ")
	other.Close()
	_ = os.Remove(path) // closing may have done it
	s.awaitEvent("listen on unixgram://" + path + ": taken in again")
	say(t, "unixgram", path, errorMessage(1))
	testbed.Eventually(t, "the message", func() bool { return strings.Contains(s.local("error_log"), "it's line 1\n") })
	service.endService()
	s.awaitEnd()
}

// TestSocketActivation: a socket that the service manager holds keeps what comes while
// there is no service, and stays. The configuration need not know of it.
func TestSocketActivation(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	path := filepath.Join(socketDir(t), "log")
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	file, err := socket.File()
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for i, listen := range []string{fmt.Sprintf("[[listen]]\nurl = \"unixgram://%s\"\n", path), ""} {
		s.configure("%s%s", s.places(), listen)
		say(t, "unixgram", path, errorMessage(2*i+1))
		// LISTEN_PID is that of the service.
		cmd := exec.Command("/bin/sh", "-c", `LISTEN_PID=$$ LISTEN_FDS=1 exec "$@"`, "sh", program(), "serve", "--config", s.config)
		cmd.ExtraFiles = append(cmd.ExtraFiles, file)
		service := s.run(cmd)
		s.awaitDelivery(cmd.Process.Pid)
		say(t, "unixgram", path, errorMessage(2*i+2))
		testbed.Eventually(t, "both messages", func() bool {
			return strings.Count(s.local("error_log"), "\n") == 2*i+2
		})
		service.endService()
		if !testbed.Exists(path) {
			t.Error("the socket has gone")
		}
	}
	s.awaitEnd()
}

// TestConnectionsOfAListener: as many clients as the configuration says are served, the next is
// turned away, which status, the check and an event tell; a reload lets more in.
func TestConnectionsOfAListener(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	address := testbed.FreeAddress(t)
	configure := func(connections int) {
		s.configure("%s[[listen]]\nurl = \"tcp://%s\"\nconnections = %d\n", s.places(), address, connections)
	}
	const limit = 3
	configure(limit)
	service := s.serve()
	dial := func(n int) net.Conn {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		if _, err := conn.Write([]byte(errorMessage(n) + "\n")); err != nil {
			t.Fatal(err)
		}
		return conn
	}
	served := func(n int) {
		t.Helper()
		testbed.Eventually(t, fmt.Sprint("line ", n), func() bool { return strings.Count(s.local("error_log"), fmt.Sprintf("it's line %d\n", n)) == 1 })
	}
	for n := 1; n <= limit; n++ {
		dial(n)
		served(n)
	}
	late := dial(limit + 1)
	if err := late.SetReadDeadline(time.Now().Add(testbed.Patience)); err != nil {
		t.Fatal(err)
	}
	if n, err := late.Read(make([]byte, 1)); n != 0 || err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("it is not turned away: %d, %v", n, err)
	}
	testbed.Eventually(t, "status", func() bool {
		return strings.Contains(testbed.ReadFile(t, filepath.Join(s.state, "status")), `"connections":3,"max_connections":3,"closed":0,"turned_away":1`)
	})
	s.awaitEvent("1 connections turned away, as there were 3 already")
	out, err := s.command(nil, "status", "--check", "--config", s.config).Output()
	if want := "tcp://" + address + " has as many connections as it may"; err == nil || !strings.Contains(string(out), want) {
		t.Errorf("%v, %s, want %s", err, out, want)
	}
	configure(limit + 1)
	kill(t, service.cmd.Process.Pid, syscall.SIGHUP)
	testbed.Eventually(t, "the new limit", func() bool {
		return strings.Contains(testbed.ReadFile(t, filepath.Join(s.state, "status")), `"max_connections":4`)
	})
	dial(limit + 2)
	served(limit + 2)
	service.endService()
}

// TestServiceUnderAttack: a thousand connections that send nothing, half a long message, a
// length of a gigabyte or garbage do not make the whole service large, and keep no good
// client from being heard.
func TestServiceUnderAttack(t *testing.T) {
	const attackers, good = 1000, 200
	s, srv := newSite(t), newServer(t)
	srv.open()
	path, address := filepath.Join(socketDir(t), "log"), testbed.FreeAddress(t)
	s.configure("%s%s[[listen]]\nurl = \"unixgram://%s\"\n[[listen]]\nurl = \"tcp://%s\"\n", s.places(), srv.relay("central"), path, address)
	service := s.serve()
	half := "180000 <147>1 - - - - - - " + strings.Repeat("x", 150_000)
	openings := []string{"", half, "1073741824 <147>1 - - - - - - x", strings.Repeat("9", 10_000), "\x00\xff<"}
	conns := make([]net.Conn, 0, attackers)
	defer func() {
		for _, c := range conns {
			c.Close()
		}
	}()
	for i := range attackers {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		conns = append(conns, conn)
		if err := conn.SetWriteDeadline(time.Now().Add(testbed.Patience)); err != nil {
			t.Fatal(err)
		}
		_, _ = conn.Write([]byte(openings[i%len(openings)])) // the service may have closed it
		if i%(attackers/good) == 0 {
			say(t, "unixgram", path, errorMessage(i))
			say(t, "tcp", address, errorMessage(attackers+i)+"\n")
		}
	}
	// What attackers have sent is a line too, as far as it is one.
	testbed.Eventually(t, "the good clients' messages", func() bool { return strings.Count(s.local("error_log"), "it's line ") == 2*good })
	testbed.Eventually(t, "them at the server", func() bool {
		n := 0
		for _, m := range srv.all("error") {
			if strings.Contains(m.text, "it's line ") {
				n++
			}
		}
		return n == 2*good
	})
	high := testbed.Process(service.cmd.Process.Pid).PeakMemory(t)
	t.Logf("%d attackers, %d messages of good clients; at most %d kB resident", attackers, 2*good, high)
	if high > 64_000 && !testbed.Raced {
		t.Errorf("%d kB", high)
	}
	service.endService()
}
