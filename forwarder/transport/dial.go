package transport

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
func dialTCP(ctx context.Context, s Server, timing Timing) (*net.TCPConn, error) {
	var tried attempts
	d := net.Dialer{KeepAliveConfig: timing.keepAlive(), Control: func(_, address string, c syscall.RawConn) error {
		tried.add(address)
		return setUserTimeout(c, timing.userTimeout())
	}}
	conn, err := d.DialContext(ctx, "tcp", net.JoinHostPort(s.Host, s.Port))
	if err != nil {
		return nil, &addressError{tried.String(), explainDial(err)}
	}
	return conn.(*net.TCPConn), nil
}

func setUserTimeout(c syscall.RawConn, d time.Duration) error {
	var err error
	cerr := c.Control(func(fd uintptr) {
		err = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(d/time.Millisecond))
	})
	return errors.Join(cerr, err)
}

// explainDial makes an error of a time-out that says what may be the reason. Other errors are returned
// as they are.
func explainDial(err error) error {
	var name *net.DNSError
	var op *net.OpError
	if errors.As(err, &op) && op.Timeout() && !errors.As(err, &name) {
		return fmt.Errorf("nobody answers within connect_timeout: the host is off, or a firewall drops the packets (%w)", Reason(err))
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
