package main

import (
	"net"
	"path/filepath"
	"testing"
	"time"
)

// TestStatusIsToldWhenItChanges: a service manager is not woken for what it knows.
func TestStatusIsToldWhenItChanges(t *testing.T) {
	address := &net.UnixAddr{Net: "unixgram", Name: filepath.Join(t.TempDir(), "notify")}
	socket, err := net.ListenUnixgram("unixgram", address)
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	t.Setenv("NOTIFY_SOCKET", address.Name)
	m := newManager()
	for _, text := range []string{"all is well", "all is well", "it is not", "it is not", "all is well"} {
		m.status(text)
	}
	m.stopping()
	for _, want := range []string{"STATUS=all is well", "STATUS=it is not", "STATUS=all is well", "STOPPING=1"} {
		var buf [100]byte
		_ = socket.SetReadDeadline(time.Now().Add(time.Minute))
		n, err := socket.Read(buf[:])
		if got := string(buf[:n]); err != nil || got != want {
			t.Errorf("%q, %v instead of %q", got, err, want)
		}
	}
}
