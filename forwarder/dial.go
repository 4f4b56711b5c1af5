package forwarder

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// dialTCP connects to a server. A name is looked up each time, so that a server
// that has moved is found. Its errors are addressErrors.
func dialTCP(ctx context.Context, s Server) (*net.TCPConn, error) {
	var tried attempts
	d := net.Dialer{KeepAliveConfig: keepAlive, Control: func(_, address string, c syscall.RawConn) error {
		tried.add(address)
		return setUserTimeout(c)
	}}
	conn, err := d.DialContext(ctx, "tcp", net.JoinHostPort(s.Host, s.Port))
	if err != nil {
		return nil, &addressError{tried.String(), explainDial(err)}
	}
	return conn.(*net.TCPConn), nil
}

func setUserTimeout(c syscall.RawConn) error {
	var err error
	cerr := c.Control(func(fd uintptr) {
		err = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(userTimeout/time.Millisecond))
	})
	return errors.Join(cerr, err)
}

// explainDial says what it means that nobody answers. Other errors are returned as they are.
func explainDial(err error) error {
	var name *net.DNSError
	var op *net.OpError
	if errors.As(err, &op) && op.Timeout() && !errors.As(err, &name) {
		return fmt.Errorf("nobody answers within connect_timeout: the host is off, or a firewall drops the packets (%w)", reason(err))
	}
	return err
}

// attempts are the addresses that were tried, some of them at the same time.
type attempts struct {
	mu        sync.Mutex
	addresses []string
}

func (a *attempts) add(address string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.addresses = append(a.addresses, address)
}

func (a *attempts) String() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return strings.Join(a.addresses, ", ")
}

// addressError is an error at an address that a server's name stands for. Its text is
// that of the error alone.
type addressError struct {
	address string // or several, in the order in which they were tried; empty: not known
	err     error
}

func (e *addressError) Error() string { return e.err.Error() }
func (e *addressError) Unwrap() error { return e.err }

// at is err with the address where it happened; nil stays nil.
func at(address net.Addr, err error) error {
	if err == nil {
		return nil
	}
	return &addressError{address.String(), err}
}
