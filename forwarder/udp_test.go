package forwarder

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/statedir"
)

// phoneBook is a resolver that a test makes up: it knows one name.
type phoneBook struct {
	mu        sync.Mutex
	addresses []netip.Addr
	err       error
	asked     int
}

func (b *phoneBook) resolve(_ context.Context, host string) ([]netip.Addr, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.asked++
	return slices.Clone(b.addresses), b.err
}

func (b *phoneBook) set(err error, addresses ...string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.addresses, b.err, b.asked = nil, err, 0
	for _, a := range addresses {
		b.addresses = append(b.addresses, netip.MustParseAddr(a))
	}
}

func (b *phoneBook) times() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.asked
}

// mailbox is a UDP server and the texts that it got.
type mailbox struct {
	conn net.PacketConn
	mu   sync.Mutex
	got  []string
}

// mailboxes are servers at those addresses of the loopback, all with the same port.
func mailboxes(t *testing.T, addresses ...string) (boxes []*mailbox, port string) {
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
			boxes = append(boxes, &mailbox{conn: c})
		}
		if len(boxes) == len(addresses) {
			break
		}
		for _, b := range boxes {
			b.conn.Close()
		}
	}
	if len(boxes) < len(addresses) {
		t.Fatal("no port is free at all addresses")
	}
	for _, b := range boxes {
		t.Cleanup(func() { b.conn.Close() })
		go b.take()
	}
	return boxes, port
}

func (b *mailbox) take() {
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

func (b *mailbox) has(text string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Contains(b.got, text)
}

// toName is a transport to a name that the book has.
func toName(b *phoneBook, port string) *udpTransport {
	t := newUDPTransport(Server{Scheme: "udp", Host: "logs.example.com", Port: port}, 0)
	t.resolve, t.every = b.resolve, time.Hour
	return t
}

func sendText(t *testing.T, s session, text string) {
	t.Helper()
	if err := s.Send([]byte(text), []int{len(text)}, noWait); err != nil {
		t.Fatal(err)
	}
}

// TestUDPServerMoves: a session goes on at the new address of a name, at once when it is
// told to, else when it looks by itself; not where it cannot know.
func TestUDPServerMoves(t *testing.T) {
	boxes, port := mailboxes(t, "127.0.0.1", "127.0.0.2", "127.0.0.3")
	book := new(phoneBook)
	book.set(nil, "127.0.0.1")
	tr := toName(book, port)
	tr.Refresh() // of no session
	s := dial(t, &peer{transport: tr})
	sendText(t, s, "one")
	eventually(t, "the first address gets the line", func() bool { return boxes[0].has("one") })
	look := func() {
		before := book.times()
		tr.Refresh()
		eventually(t, "the name is looked up", func() bool { return book.times() > before })
	}
	for _, c := range []struct {
		err       error
		addresses []string
	}{
		{errors.New("no resolver answers"), nil}, {nil, nil}, {nil, []string{"127.0.0.2", "127.0.0.1"}}, // it is still there
	} {
		book.set(c.err, c.addresses...)
		look()
		look() // the one before has had its effect
		sendText(t, s, fmt.Sprint(c.addresses, c.err))
		eventually(t, "the first address gets the line", func() bool { return boxes[0].has(fmt.Sprint(c.addresses, c.err)) })
	}

	book.set(nil, "127.0.0.2")
	tr.Refresh()
	eventually(t, "the session moves", func() bool { return strings.HasPrefix(s.(*datagramSession).RemoteAddr().String(), "127.0.0.2:") })
	sendText(t, s, "two")
	eventually(t, "the second address gets the line", func() bool { return boxes[1].has("two") })

	// A refusal of the new one is noticed.
	boxes[1].conn.Close()
	sendText(t, s, "lost")
	<-s.Broken()
	if boxes[0].has("two") || s.Err() == nil {
		t.Errorf("the first address got %q; broken by %v", boxes[0].got, s.Err())
	}
}

// TestUDPNameIsLookedUpByItself: without being told to.
func TestUDPNameIsLookedUpByItself(t *testing.T) {
	boxes, port := mailboxes(t, "127.0.0.1", "127.0.0.2")
	book := new(phoneBook)
	book.set(nil, "127.0.0.1")
	tr := toName(book, port)
	tr.every = time.Millisecond
	s := dial(t, &peer{transport: tr})
	book.set(nil, "127.0.0.2")
	eventually(t, "the second address gets lines", func() bool {
		sendText(t, s, "line")
		return boxes[1].has("line")
	})
	s.Close(canceled())
	before := 0
	eventually(t, "nobody looks it up any more", func() bool {
		defer func() { before = book.times() }()
		return before == book.times()
	})
}

// TestUDPAddressIsNotLookedUp: an address is not a name.
func TestUDPAddressIsNotLookedUp(t *testing.T) {
	for host, name := range map[string]bool{"127.0.0.1": false, "::1": false, "fe80::1%lo": false, "logs": true, "127.0.0.1.example.com": true} {
		if got := newUDPTransport(Server{Scheme: "udp", Host: host, Port: "514"}, 0).isName(); got != name {
			t.Errorf("%s: %v", host, got)
		}
	}
}

// TestUDPAddressesInTurn: where one refuses the next one is tried, and the first again
// when all have.
func TestUDPAddressesInTurn(t *testing.T) {
	boxes, port := mailboxes(t, "127.0.0.1", "127.0.0.2", "127.0.0.3")
	boxes[0].conn.Close()
	boxes[1].conn.Close()
	book := new(phoneBook)
	book.set(nil, "127.0.0.1", "127.0.0.2", "127.0.0.3")
	tr := toName(book, port)
	send := func() session {
		s := dial(t, &peer{transport: tr})
		_ = s.Send([]byte("line"), []int{4}, noWait) // the refusal may be there already
		return s
	}
	refuses := func(want ...string) {
		t.Helper()
		for _, address := range want {
			s := send()
			<-s.Broken()
			if got, _, _ := net.SplitHostPort(s.(*datagramSession).RemoteAddr().String()); got != address {
				t.Errorf("refused by %s, want %s", got, address)
			}
		}
	}
	refuses("127.0.0.1", "127.0.0.2")
	send()
	eventually(t, "the one that is there gets the line", func() bool { return boxes[2].has("line") })
	boxes[2].conn.Close()
	refuses("127.0.0.3", "127.0.0.1", "127.0.0.2", "127.0.0.3")
}

// TestUDPAddressWithoutARoute: one that nothing can be sent to is passed over at once.
func TestUDPAddressWithoutARoute(t *testing.T) {
	boxes, port := mailboxes(t, "127.0.0.1")
	book := new(phoneBook)
	book.set(nil, "fe80::1", "127.0.0.1") // link-local, of no link
	s := dial(t, &peer{transport: toName(book, port)})
	sendText(t, s, "line")
	eventually(t, "the line is there", func() bool { return boxes[0].has("line") })
	book.set(nil, "fe80::1")
	if s, err := toName(book, port).Dial(t.Context()); err == nil {
		t.Errorf("connected: %v", s)
	}
	book.set(nil)
	if s, err := toName(book, port).Dial(t.Context()); err == nil || !strings.Contains(err.Error(), "it has no address") {
		t.Errorf("a name without address: %v, %v", s, err)
	}
}

// TestRelayFindsTheAddressThatTakesLines: where most of a name's addresses refuse, the one that
// does not is found at once, and nothing is told. Where all do that is an outage.
func TestRelayFindsTheAddressThatTakesLines(t *testing.T) {
	boxes, port := mailboxes(t, "127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5")
	for _, b := range boxes[:4] {
		b.conn.Close()
	}
	book := new(phoneBook)
	book.set(nil, "127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5")
	state := newSite(t).o.StateDir
	r := newFakeRelay(t, state, spooledLines(t, state, 10), nil, RelayOptions{})
	r.servers = newServers([]transport{toName(book, port)}, false)
	wake := make(chan struct{}, 1)
	r.wake = wake
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		r.run(ctx, ending{stop: ctx})
	}()
	eventually(t, "all lines are there", func() bool {
		for n := range 10 {
			if !boxes[4].hasEnding(fmt.Sprintf(" line %d", n+1)) {
				return false
			}
		}
		return true
	})
	down := func() bool {
		s, _ := r.progress.report.read()
		return s.State == RelayDown
	}
	if down() {
		t.Error("that counts as an outage")
	}
	boxes[4].conn.Close()
	w := &lineWriter{t, spool.NewWriter(spool.WriterOptions{Dir: statedir.SpoolDir(state), Host: "web1", Stream: "access"}), 1}
	w.write(1)
	w.close()
	if err := r.catalog.Refresh(); err != nil {
		t.Fatal(err)
	}
	wake <- struct{}{}
	eventually(t, "an outage", down)
	cancel()
	<-ended
}

func (b *mailbox) hasEnding(text string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.ContainsFunc(b.got, func(got string) bool { return strings.HasSuffix(got, text) })
}
