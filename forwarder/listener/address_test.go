package listener

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	at "httpd-syslog/forwarder/listener/address"
	"httpd-syslog/forwarder/testbed"
)

func TestOpenErrors(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	live := serve(t, Options{Address: address(t, "unixgram")})
	tcp := serve(t, Options{Address: address(t, "tcp")})
	_, port, _ := net.SplitHostPort(tcp.Addr().String())
	for _, tt := range []struct {
		address Address
		want    string
	}{
		{Address{Scheme: "http"}, `unknown scheme "http"`},
		{Address{Scheme: "unix", Path: file}, "is not a socket"},
		{Address{Scheme: "unixgram", Path: dir}, "is not a socket"},
		{Address{Scheme: "unixgram", Path: dir + "/missing/log"}, "no such file or directory"},
		{live.Address(), "is in use: another process listens on it"},
		{Address{Scheme: "unix", Path: live.Address().Path}, "with another kind of socket"},
		{Address{Scheme: "tcp", Host: "127.0.0.1", Port: port}, "address already in use"},
		{Address{Scheme: "udp", Host: "127.0.0.1", Port: "99999"}, "invalid port"},
	} {
		l, err := Open(Options{Address: tt.address})
		if err == nil {
			l.Close()
			t.Errorf("%s: no error", tt.address)
		} else if !strings.Contains(err.Error(), tt.want) || !strings.HasPrefix(err.Error(), "listen on "+tt.address.String()+": ") {
			t.Errorf("%v, want %q", err, tt.want)
		}
	}
	if _, err := os.Stat(file); err != nil {
		t.Error(err)
	}
}

// Every program of the machine may log, whatever the umask; the file is gone at the
// end, and a stale one is no obstacle.
func TestSocketFile(t *testing.T) {
	defer unix.Umask(unix.Umask(0o077))
	for _, scheme := range []string{"unixgram", "unix"} {
		a := address(t, scheme)
		stale, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM, 0)
		if err == nil {
			err = unix.Bind(stale, &unix.SockaddrUnix{Name: a.Path})
		}
		if err != nil {
			t.Fatal(err)
		}
		unix.Close(stale)
		for _, mode := range []os.FileMode{0o666, 0o620} {
			l, err := Open(Options{Address: a, Mode: mode})
			if err != nil {
				t.Fatal(err)
			}
			if info, err := os.Stat(a.Path); err != nil || info.Mode().Perm() != mode {
				t.Errorf("%v, %v", info.Mode(), err)
			}
			if err := l.Close(); err != nil {
				t.Error(err)
			}
			if _, err := os.Stat(a.Path); !os.IsNotExist(err) {
				t.Errorf("%s: %v", a, err)
			}
		}
		l, err := Open(Options{Address: a})
		if err != nil {
			t.Fatal(err)
		}
		l.Close()
	}
}

// TestClose: what is closed before it was served is closed: another one may have its port. Closing again is no error.
func TestClose(t *testing.T) {
	for _, scheme := range []string{"tcp", "udp"} {
		a := address(t, scheme)
		for range 2 {
			l, err := Open(Options{Address: a})
			if err != nil {
				t.Fatal(err)
			}
			_, a.Port, _ = net.SplitHostPort(l.Addr().String())
			for range 2 {
				if err := l.Close(); err != nil {
					t.Error(err)
				}
			}
		}
	}
}

func TestCloseLeavesAnothersFile(t *testing.T) {
	a := address(t, "unix")
	first, err := Open(Options{Address: a})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(a.Path); err != nil {
		t.Fatal(err)
	}
	second, err := Open(Options{Address: a})
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	if err := first.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(a.Path); err != nil {
		t.Error(err)
	}
}

// inherited is a socket as systemd makes it: bound, and listening where it can.
func inherited(t *testing.T, scheme string) (Address, *os.File) {
	t.Helper()
	a := address(t, scheme)
	l, err := Open(Options{Address: a})
	if err != nil {
		t.Fatal(err)
	}
	if !a.IsUnix() {
		_, a.Port, _ = net.SplitHostPort(l.Addr().String())
	}
	l.file = nil // it stays
	type filer interface{ File() (*os.File, error) }
	var f filer
	switch s := l.packets.(type) {
	case *udpSocket:
		f = s.UDPConn
	case *unixSocket:
		f = s.UnixConn
	default:
		f = l.streams.(filer)
	}
	file, err := f.File()
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	return a, file
}

// A socket that was inherited is served, and outlives its server: what is sent
// meanwhile waits for the next one.
func TestInherited(t *testing.T) {
	for _, scheme := range inTheClear {
		t.Run(scheme, func(t *testing.T) {
			a, file := inherited(t, scheme)
			keep, err := unix.Dup(int(file.Fd()))
			if err != nil {
				t.Fatal(err)
			}
			s := serve(t, Options{Address: a, File: file})
			if _, err := file.Stat(); !errors.Is(err, os.ErrClosed) {
				t.Error("the socket has two descriptors: ", err)
			}
			s.send(s.dial(), "<13>Oct 11 22:14:15 t: one\n")
			s.want("one")
			addr := s.Addr()
			s.stop()
			conn, err := net.Dial(addr.Network(), addr.String())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			s.send(conn, "<13>Oct 11 22:14:15 t: two\n")
			next := serve(t, Options{Address: a, File: os.NewFile(uintptr(keep), "socket")})
			next.want("two")
		})
	}
}

func TestInheritedMustMatch(t *testing.T) {
	for _, scheme := range inTheClear {
		a, file := inherited(t, scheme)
		defer file.Close()
		for _, tt := range []struct {
			change func(*Address)
			want   bool
		}{
			{func(*Address) {}, true},
			{func(a *Address) {
				a.Scheme = map[string]string{"udp": "tcp", "tcp": "udp", "unix": "unixgram", "unixgram": "unix"}[scheme]
			}, false},
			{func(a *Address) { a.Path += "x" }, !a.IsUnix()},
			{func(a *Address) { a.Port += "1" }, a.IsUnix()},
			{func(a *Address) { a.Host = "127.0.0.2" }, a.IsUnix()},
			{func(a *Address) { a.Host = "::ffff:127.0.0.1" }, true},
			{func(a *Address) { a.Host = "localhost" }, true},
			{func(a *Address) { a.Host = "" }, a.IsUnix()},
		} {
			other := a
			tt.change(&other)
			if got := at.Matches(file, other); got != tt.want {
				t.Errorf("%s is taken for %s: %v", a, other, got)
			}
		}
		other := a
		other.Scheme = "unixgram"
		other.Path = "/else"
		if _, err := Open(Options{Address: other, File: file}); err == nil || !strings.Contains(err.Error(), "is another one") {
			t.Error(err)
		}
		if _, err := file.Stat(); err != nil {
			t.Error("the socket of another one is closed: ", err)
		}
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	if at.Matches(r, Address{Scheme: "unix"}) {
		t.Error("a pipe is taken for a socket")
	}
}

// A client that is connected to a socket whose file has gone, as libc's syslog() is
// after a restart, connects again.
func TestServeAgain(t *testing.T) {
	a := address(t, "unixgram")
	for range 3 {
		s := serve(t, Options{Address: a})
		s.send(s.dial(), "<13>Oct 11 22:14:15 t: one")
		s.want("one")
		s.stop()
		if _, err := os.Stat(a.Path); !os.IsNotExist(err) {
			t.Error(err)
		}
	}
}

func TestAddressString(t *testing.T) {
	for a, want := range map[Address]string{
		{Scheme: "unixgram", Path: "/dev/log"}:       "unixgram:///dev/log",
		{Scheme: "udp", Port: "514"}:                 "udp://:514",
		{Scheme: "tcp", Host: "::1", Port: "601"}:    "tcp://[::1]:601",
		{Scheme: "tcp", Host: "logs1", Port: "6514"}: "tcp://logs1:6514",
	} {
		if a.String() != want {
			t.Errorf("%s, want %s", a, want)
		}
	}
}

// IPv4 reaches a socket for every address, and its senders are known by it.
func TestEveryAddress(t *testing.T) {
	for _, scheme := range []string{"udp", "tcp"} {
		s := serve(t, Options{Address: Address{Scheme: scheme, Port: "0"}})
		_, port, _ := net.SplitHostPort(s.Addr().String())
		conn, err := net.DialTimeout(scheme, "127.0.0.1:"+port, testbed.Patience)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		s.send(conn, "<13>Oct 11 22:14:15 t: one\n")
		if m := s.await(1)[0]; string(m.Host) != "127.0.0.1" || time.Since(m.Received) > testbed.Patience {
			t.Errorf("%+v", m)
		}
	}
}
