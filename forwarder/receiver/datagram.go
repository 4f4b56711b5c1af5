package receiver

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"syscall"
)

// peer is where a message came from.
type peer struct {
	ip   netip.AddrPort // datagrams: made into text only where it is printed
	name string
}

func (p peer) String() string {
	if p.ip.IsValid() {
		return netip.AddrPortFrom(p.ip.Addr().Unmap(), p.ip.Port()).String()
	}
	return p.name
}

// unnamed is the peer on a unix socket that has no name, as nearly all have none.
const unnamed = "unix"

// datagramSocket reads one message at a time; whole is false when it did not fit into b.
type datagramSocket interface {
	read(b []byte) (n int, whole bool, from peer, err error)
	Close() error
}

type udpSocket struct{ *net.UDPConn }

func (s udpSocket) read(b []byte) (int, bool, peer, error) {
	n, _, flags, from, err := s.ReadMsgUDPAddrPort(b, nil)
	return n, flags&syscall.MSG_TRUNC == 0, peer{ip: from}, err
}

type unixSocket struct{ *net.UnixConn }

func (s unixSocket) read(b []byte) (int, bool, peer, error) {
	n, _, flags, from, err := s.ReadMsgUnix(b, nil)
	name := unnamed
	if from != nil && from.Name != "" {
		name = from.Name
	}
	return n, flags&syscall.MSG_TRUNC == 0, peer{name: name}, err
}

// serveDatagrams prints one message a datagram (RFC 5426, 3.1) until the socket is closed.
func (r *Receiver) serveDatagrams(_ context.Context, o Options, out *output) error {
	buf := make([]byte, o.MaxMessage)
	p := newPrinter(o.Mode, out)
	for {
		n, whole, from, err := r.packets.read(buf)
		if err != nil {
			return err
		}
		reason := ""
		if !whole {
			reason = fmt.Sprintf("datagram above %d bytes, the rest is lost", o.MaxMessage)
			o.Log("%s: %s", from, reason)
		}
		if err := p.print(buf[:n], from, reason); err != nil {
			return err
		}
	}
}
