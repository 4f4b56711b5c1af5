package testbed

import (
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
)

// Mailbox is a UDP server on the loopback and the texts that it got. Its methods may be called
// by several goroutines.
type Mailbox struct {
	conn net.PacketConn
	mu   sync.Mutex
	got  []string
}

// Mailboxes are servers at those addresses of the loopback, all with the same port. They end
// with the test.
func Mailboxes(t *testing.T, addresses ...string) (boxes []*Mailbox, port string) {
	t.Helper()
	for range 100 {
		boxes = nil
		port = "0"
		for _, a := range addresses {
			c, err := net.ListenPacket("udp", net.JoinHostPort(a, port))
			if err != nil {
				break // somebody else has the port there
			}
			_, port, _ = net.SplitHostPort(c.LocalAddr().String())
			boxes = append(boxes, &Mailbox{conn: c})
		}
		if len(boxes) == len(addresses) {
			break
		}
		for _, b := range boxes {
			b.Close()
		}
	}
	if len(boxes) < len(addresses) {
		t.Fatal("no port is free at all addresses")
	}
	for _, b := range boxes {
		t.Cleanup(b.Close)
		go b.take()
	}
	return boxes, port
}

func (b *Mailbox) take() {
	buf := make([]byte, 1<<16)
	for {
		n, _, err := b.conn.ReadFrom(buf)
		if err != nil {
			return
		}
		b.mu.Lock()
		b.got = append(b.got, string(buf[:n]))
		b.mu.Unlock()
	}
}

// Close has its address refuse from now on.
func (b *Mailbox) Close() { b.conn.Close() }

// Has reports whether that text has come.
func (b *Mailbox) Has(text string) bool {
	return b.has(func(got string) bool { return got == text })
}

// HasEnding reports whether a text has come that ends so.
func (b *Mailbox) HasEnding(text string) bool {
	return b.has(func(got string) bool { return strings.HasSuffix(got, text) })
}

func (b *Mailbox) has(is func(string) bool) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.ContainsFunc(b.got, is)
}
