package testbed

import (
	"errors"
	"fmt"
	"net"
	"testing"

	"golang.org/x/sys/unix"
)

// FreeAddress returns an address of the loopback that nobody gets by chance until the test ends: a
// server that is away for a while must not find its port in use when it is back. A socket that is
// bound, and does not listen, holds the port; connections are refused, and whoever names the port can
// listen there (Linux: both sockets have SO_REUSEADDR, as those of package net have).
func FreeAddress(t *testing.T) (address string) {
	t.Helper()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1); err != nil {
		t.Fatal(err)
	}
	if err := unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	at, err := unix.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("127.0.0.1:%d", at.(*unix.SockaddrInet4).Port)
}

// ListenAgain listens at an address where somebody has just ceased to. A child process that is being
// started elsewhere in the tests has a copy of the former socket until it executes its program.
func ListenAgain(t *testing.T, address string) (l net.Listener) {
	t.Helper()
	Eventually(t, address+" is free", func() bool {
		var err error
		if l, err = net.Listen("tcp", address); err != nil && !errors.Is(err, unix.EADDRINUSE) {
			t.Fatal(err)
		}
		return err == nil
	})
	return l
}
