package address

import (
	"net"
	"testing"
)

// TestMatches: a socket that was handed over is taken for the address that it is bound to, and for no other.
func TestMatches(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	f, err := l.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	for a, want := range map[Address]bool{
		{Scheme: "tcp", Host: "127.0.0.1", Port: port}:  true,
		{Scheme: "relp", Host: "127.0.0.1", Port: port}: true,
		{Scheme: "tcp", Host: "localhost", Port: port}:  true,
		{Scheme: "tcp", Host: "127.0.0.1", Port: "1"}:   false,
		{Scheme: "tcp", Host: "127.0.0.2", Port: port}:  false,
		{Scheme: "tcp", Host: "", Port: port}:           false,
		{Scheme: "udp", Host: "127.0.0.1", Port: port}:  false,
		{Scheme: "unix", Path: "/run/socket"}:           false,
	} {
		if got := Matches(f, a); got != want {
			t.Errorf("%v: %v", a, got)
		}
	}
}
