package testbed

import (
	"context"
	"net"
	"net/netip"
	"sync"
	"testing"
)

// NameServer answers for any name with its addresses, or while it is broken with SERVFAIL
// (RFC 1035, 4.1.1). Its methods may be called by several goroutines.
type NameServer struct {
	conn      net.PacketConn
	mu        sync.Mutex
	addresses []netip.Addr
	broken    bool
}

// NewNameServer starts a name server that knows IPv4 addresses, and makes it the resolver of
// this process until the test ends.
func NewNameServer(t *testing.T, addresses ...string) *NameServer {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	n := &NameServer{conn: conn}
	for _, a := range addresses {
		n.addresses = append(n.addresses, netip.MustParseAddr(a))
	}
	go n.serve()
	before := net.DefaultResolver
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
	t.Cleanup(func() {
		net.DefaultResolver = before
		conn.Close()
	})
	return n
}

// SetBroken has it answer SERVFAIL, or not any more.
func (n *NameServer) SetBroken(broken bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.broken = broken
}

func (n *NameServer) serve() {
	b := make([]byte, 1500)
	for {
		size, from, err := n.conn.ReadFrom(b)
		if err != nil {
			return // closed
		}
		_, _ = n.conn.WriteTo(n.answer(b[:size]), from)
	}
}

func (n *NameServer) answer(query []byte) []byte {
	n.mu.Lock()
	defer n.mu.Unlock()
	const header = 12
	end := header
	for query[end] != 0 { // the labels of the name
		end += int(query[end]) + 1
	}
	end += 1 + 4 // its end, type and class
	a := append([]byte(nil), query[:end]...)
	a[2], a[3] = 0x81, 0x80 // an answer, with recursion
	copy(a[6:header], []byte{0, 0, 0, 0, 0, 0})
	const typeA = 1
	switch {
	case n.broken:
		a[3] |= 2 // SERVFAIL
	case query[end-3] == typeA:
		a[7] = byte(len(n.addresses))
		for _, address := range n.addresses {
			a = append(a, 0xc0, header, 0, typeA, 0, 1, 0, 0, 0, 0, 0, 4)
			a = append(a, address.AsSlice()...)
		}
	}
	return a
}
