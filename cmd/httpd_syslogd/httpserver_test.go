package main

import (
	"net"
	"strings"
	"testing"
)

// TestListenMoves: another address is opened before the one in use is closed, or, where both cannot be
// open at once, in its place; at an error the server stays where it was.
func TestListenMoves(t *testing.T) {
	var h httpServer
	defer h.close()
	if err := h.listen("127.0.0.1:0"); err != nil || h.next == nil {
		t.Fatal(err)
	}
	h.addr = h.next.Addr().String()
	_, port, _ := net.SplitHostPort(h.addr)
	reaches := func(host string, want bool) {
		t.Helper()
		c, err := net.Dial("tcp", net.JoinHostPort(host, port))
		if (err == nil) != want {
			t.Errorf("%s is reached: %t, %v", host, err == nil, err)
		}
		if err == nil {
			c.Close()
		}
	}
	first := h.next
	if err := h.listen(h.addr); err != nil || h.next != first {
		t.Errorf("its own address: %v", err)
	}
	if err := h.listen(":" + port); err != nil {
		t.Fatalf("in its place: %v", err)
	}
	reaches("127.0.0.2", true)
	if err := h.listen("192.0.2.1:" + port); err == nil || !strings.Contains(err.Error(), "correct listen of [http]") {
		t.Errorf("an address that the machine does not have: %v", err)
	}
	reaches("127.0.0.2", true)
	if err := h.listen("127.0.0.1:" + port); err != nil {
		t.Fatalf("back: %v", err)
	}
	reaches("127.0.0.1", true)
	reaches("127.0.0.2", false)
	other, err := net.Listen("tcp", "127.0.0.2:"+port)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if err := h.listen("127.0.0.2:" + port); err == nil { // of somebody else
		t.Error("two have one address")
	}
	reaches("127.0.0.1", true)
	if h.addr != "127.0.0.1:"+port {
		t.Errorf("it is at %s", h.addr)
	}
	if err := h.listen(""); err != nil || h.addr != "" {
		t.Errorf("nowhere: %v", err)
	}
	reaches("127.0.0.1", false)
}
