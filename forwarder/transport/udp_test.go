package transport

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

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/testbed"
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

// toName is a transport to a name that the book has.
func toName(b *phoneBook, port string) *udpTransport {
	t := newUDPTransport(Server{Scheme: "udp", Host: "logs.example.com", Port: port}, 0)
	t.resolve, t.every = b.resolve, time.Hour
	return t
}

func sendText(t *testing.T, s Session, text string) {
	t.Helper()
	if err := s.Send([]byte(text), []int{len(text)}, noWait); err != nil {
		t.Fatal(err)
	}
}

// TestUDPServerMoves: a session goes on at the new address of a name, at once when it is
// told to, else when it looks by itself; not where it cannot know.
func TestUDPServerMoves(t *testing.T) {
	boxes, port := testbed.Mailboxes(t, "127.0.0.1", "127.0.0.2", "127.0.0.3")
	book := new(phoneBook)
	book.set(nil, "127.0.0.1")
	tr := toName(book, port)
	tr.Refresh() // of no session
	s := dial(t, &peer{transport: tr})
	sendText(t, s, "one")
	testbed.Eventually(t, "the first address gets the line", func() bool { return boxes[0].Has("one") })
	look := func() {
		before := book.times()
		tr.Refresh()
		testbed.Eventually(t, "the name is looked up", func() bool { return book.times() > before })
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
		testbed.Eventually(t, "the first address gets the line", func() bool { return boxes[0].Has(fmt.Sprint(c.addresses, c.err)) })
	}

	book.set(nil, "127.0.0.2")
	tr.Refresh()
	testbed.Eventually(t, "the session moves", func() bool { return strings.HasPrefix(s.(*datagramSession).RemoteAddr().String(), "127.0.0.2:") })
	sendText(t, s, "two")
	testbed.Eventually(t, "the second address gets the line", func() bool { return boxes[1].Has("two") })

	// A refusal of the new one is noticed.
	boxes[1].Close()
	sendText(t, s, "lost")
	<-s.Broken()
	if boxes[0].Has("two") || s.Err() == nil {
		t.Errorf("the first address got what the second one was to get: %t; broken by %v", boxes[0].Has("two"), s.Err())
	}
}

// TestUDPNameIsLookedUpByItself: without being told to.
func TestUDPNameIsLookedUpByItself(t *testing.T) {
	t.Parallel()
	boxes, port := testbed.Mailboxes(t, "127.0.0.1", "127.0.0.2")
	book := new(phoneBook)
	book.set(nil, "127.0.0.1")
	tr := toName(book, port)
	tr.every = time.Millisecond
	s := dial(t, &peer{transport: tr})
	book.set(nil, "127.0.0.2")
	testbed.Eventually(t, "the second address gets lines", func() bool {
		sendText(t, s, "line")
		return boxes[1].Has("line")
	})
	s.Close(canceled())
	before := 0
	testbed.Eventually(t, "nobody looks it up any more", func() bool {
		defer func() { before = book.times() }()
		return before == book.times()
	})
}

// TestUDPAddressIsNotLookedUp: an address is not a name.
func TestUDPAddressIsNotLookedUp(t *testing.T) {
	t.Parallel()
	for host, name := range map[string]bool{"127.0.0.1": false, "::1": false, "fe80::1%lo": false, "logs": true, "127.0.0.1.example.com": true} {
		if got := newUDPTransport(Server{Scheme: "udp", Host: host, Port: "514"}, 0).isName(); got != name {
			t.Errorf("%s: %v", host, got)
		}
	}
}

// TestUDPAddressesInTurn: where one refuses the next one is tried, and the first again
// when all have.
func TestUDPAddressesInTurn(t *testing.T) {
	boxes, port := testbed.Mailboxes(t, "127.0.0.1", "127.0.0.2", "127.0.0.3")
	boxes[0].Close()
	boxes[1].Close()
	book := new(phoneBook)
	book.set(nil, "127.0.0.1", "127.0.0.2", "127.0.0.3")
	tr := toName(book, port)
	send := func() Session {
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
	testbed.Eventually(t, "the one that is there gets the line", func() bool { return boxes[2].Has("line") })
	boxes[2].Close()
	refuses("127.0.0.3", "127.0.0.1", "127.0.0.2", "127.0.0.3")
}

// TestUDPAddressWithoutARoute: one that nothing can be sent to is passed over at once.
func TestUDPAddressWithoutARoute(t *testing.T) {
	t.Parallel()
	boxes, port := testbed.Mailboxes(t, "127.0.0.1")
	book := new(phoneBook)
	book.set(nil, "fe80::1", "127.0.0.1") // link-local, of no link
	s := dial(t, &peer{transport: toName(book, port)})
	sendText(t, s, "line")
	testbed.Eventually(t, "the line is there", func() bool { return boxes[0].Has("line") })
	book.set(nil, "fe80::1")
	if s, err := toName(book, port).Dial(t.Context()); err == nil {
		t.Errorf("connected: %v", s)
	}
	book.set(nil)
	if s, err := toName(book, port).Dial(t.Context()); err == nil || !strings.Contains(err.Error(), "it has no address") {
		t.Errorf("a name without address: %v, %v", s, err)
	}
}

// TestRefusedAtAName: that nobody listens at the address of a server that is known by name is an error of
// a Send, as it is without a name.
func TestRefusedAtAName(t *testing.T) {
	t.Parallel()
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(c.LocalAddr().String())
	c.Close()
	for _, host := range []string{"localhost", "127.0.0.1"} {
		tr, err := New(Server{Scheme: "udp", Host: host, Port: port}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		s, err := tr.Dial(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		_, batch, ends := messages(s, 1)
		testbed.Eventually(t, "it is an error", func() bool {
			err = s.Send(batch, ends, noWait)
			return err != nil
		})
		if !errors.Is(err, unix.ECONNREFUSED) && !errors.Is(err, ErrElsewhere) {
			t.Errorf("%s: %v", host, err)
		}
		Abandon(s)
	}
}

// TestAddressOf: the address of a socket is one that can be compared with those of a name.
func TestAddressOf(t *testing.T) {
	c, err := net.DialUDP("udp", nil, &net.UDPAddr{IP: net.ParseIP("127.0.0.1"), Port: 9}) // 16 bytes
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if a := addressOf(c); a != netip.MustParseAddr("127.0.0.1") {
		t.Errorf("%v, an address of %d bits", a, a.BitLen())
	}
}
