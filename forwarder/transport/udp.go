package transport

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// udpTransport is RFC 5426: one message in each datagram. Nothing tells whether
// it arrives. A name is looked up again while it is in use, for there is no connection
// that would break when the server has moved.
type udpTransport struct {
	server  Server
	timeout time.Duration // of a look-up; 0: the resolver's own
	resolve func(ctx context.Context, host string) ([]netip.Addr, error)
	every   time.Duration // how often the name is looked up

	mu      sync.Mutex
	known   []netip.Addr             // what the name stood for last
	refused map[netip.Addr]time.Time // when one of these addresses has last refused
	conn    *movingConn              // the last session's
}

// lookupEvery is how often the name of a UDP server is looked up again.
const lookupEvery = time.Minute

func newUDPTransport(s Server, timeout time.Duration) *udpTransport {
	return &udpTransport{server: s, timeout: timeout, every: lookupEvery, resolve: lookup, refused: make(map[netip.Addr]time.Time)}
}

func lookup(ctx context.Context, host string) ([]netip.Addr, error) {
	return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
}

func (t *udpTransport) Dial(ctx context.Context) (Session, error) {
	addresses, err := t.lookup(ctx)
	if err != nil {
		return nil, err
	}
	peer, err := t.connect(addresses)
	if err != nil {
		return nil, err
	}
	conn := newMovingConn(t, peer)
	t.mu.Lock()
	t.conn = conn
	t.mu.Unlock()
	s := newDatagramSession(conn)
	s.settle = udpSettle
	go s.watch()
	return s, nil
}

// Refresh implements Refresher.
func (t *udpTransport) Refresh() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.conn != nil {
		t.conn.Refresh()
	}
}

func (t *udpTransport) Rewinds() bool  { return false }
func (t *udpTransport) BatchSize() int { return 16 << 10 }
func (t *udpTransport) String() string { return t.server.String() }

// udpSettle is how long a refusal (ICMP port unreachable) may take to come
// back; messages that were sent within that time before a refusal are sent again.
const udpSettle = 200 * time.Millisecond

// isName reports whether the server's host has to be looked up.
func (t *udpTransport) isName() bool {
	_, err := netip.ParseAddr(t.server.Host)
	return err != nil
}

// lookup returns the server's addresses: first those that have not refused, then the others, the
// longest refusal ago first.
func (t *udpTransport) lookup(ctx context.Context) ([]netip.Addr, error) {
	if t.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, t.timeout)
		defer cancel()
	}
	addresses, err := t.resolve(ctx, t.server.Host)
	if err != nil {
		return nil, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	known := make(map[netip.Addr]time.Time)
	for i, a := range addresses {
		a = a.Unmap()
		addresses[i] = a
		if since, ok := t.refused[a]; ok {
			known[a] = since
		}
	}
	t.refused = known // without addresses that are not the server's any more
	t.known = addresses
	slices.SortStableFunc(addresses, func(a, b netip.Addr) int { return known[a].Compare(known[b]) })
	return addresses, nil
}

// connect returns a socket connected to the first of the addresses to which this machine has a
// way.
func (t *udpTransport) connect(addresses []netip.Addr) (*net.UDPConn, error) {
	port, err := strconv.ParseUint(t.server.Port, 10, 16)
	if err != nil {
		return nil, err
	}
	var first error
	for _, a := range addresses {
		conn, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(netip.AddrPortFrom(a, uint16(port))))
		if err == nil {
			return conn, nil
		}
		t.refuse(a)
		if first == nil {
			first = &addressError{netip.AddrPortFrom(a, uint16(port)).String(), err}
		}
	}
	if first == nil {
		first = &net.DNSError{Err: "it has no address", Name: t.server.Host, IsNotFound: true}
	}
	return nil, first
}

// refusedFor is how long an address that has refused is not tried without a wait.
const refusedFor = time.Minute

// refuse notes that an address has refused: the next look-up puts it last. It reports whether the
// server has another address that has not refused lately.
func (t *udpTransport) refuse(a netip.Addr) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.refused[a] = time.Now()
	return slices.ContainsFunc(t.known, func(a netip.Addr) bool { return time.Since(t.refused[a]) >= refusedFor })
}

// addressOf is where a socket of UDP sends to.
func addressOf(c *net.UDPConn) netip.Addr {
	return c.RemoteAddr().(*net.UDPAddr).AddrPort().Addr()
}

// isRefusal reports whether an error of a socket is about the peer, or the way to it.
func isRefusal(err error) bool {
	return !errors.Is(err, os.ErrDeadlineExceeded) && !errors.Is(err, net.ErrClosed) && !errors.Is(err, unix.EMSGSIZE) && !errors.Is(err, unix.ENOBUFS)
}
