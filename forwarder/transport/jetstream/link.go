package jetstream

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/transport"
)

// link is a connection to a server on which one request at a time is on its way.
type link struct {
	wire       *wire
	conn       *nats.Conn
	inbox      string // what the subjects of answers begin with, a dot at its end
	number     uint64 // of the last request
	answers    chan *nats.Msg
	objections chan error // what the server says against something that was sent
	patience   time.Duration
	gone       context.Context
	fail       context.CancelCauseFunc
}

const (
	// mostPatience is for how long nothing may move that is on its way to a server, and no answer come. An election in a
	// cluster takes as much; what its former leader had not answered is never answered.
	mostPatience = 15 * time.Second
	// pingInterval is how often a server that says nothing is asked whether it is there.
	pingInterval = 20 * time.Second
)

// connect makes a link to a server, within ctx. host is what permissions for answers may go by.
func connect(ctx context.Context, s transport.Server, o *transport.Options, host string) (*link, error) {
	w, err := reach(ctx, s, o)
	if err != nil {
		return nil, err
	}
	l := &link{wire: w, answers: make(chan *nats.Msg, 16), objections: make(chan error, 1), patience: mostPatience}
	if t := o.Timing.UserTimeout; t > 0 {
		l.patience = min(l.patience, t)
	}
	l.gone, l.fail = context.WithCancelCause(context.Background())
	if err := l.login(ctx, s, o, host); err != nil {
		w.tcp.Close()
		return nil, transport.At(w.tcp.RemoteAddr(), err)
	}
	return l, nil
}

// login shows credentials, and subscribes to answers.
func (l *link) login(ctx context.Context, s transport.Server, o *transport.Options, host string) error {
	if err := newEnough(l.wire.info); err != nil {
		return err
	}
	n := nats.GetDefaultOptions()
	n.Servers = []string{"nats://" + s.Host + ":" + s.Port}
	n.Name, n.InboxPrefix = "httpd_syslog", "_INBOX."+host
	n.CustomDialer, n.SkipHostLookup, n.Secure = l.wire, true, s.Scheme == "nats+tls"
	n.AllowReconnect, n.IgnoreDiscoveredServers, n.NoEcho = false, true, true
	n.PingInterval, n.MaxPingsOut, n.FlusherTimeout = pingInterval, 2, 0
	n.Timeout = o.ConnectTimeout
	if d, ok := ctx.Deadline(); ok {
		n.Timeout = max(time.Until(d), time.Millisecond)
	}
	n.ClosedCB = func(c *nats.Conn) { l.fail(explainEnd(c.LastError())) }
	n.AsyncErrorCB = func(_ *nats.Conn, _ *nats.Subscription, err error) { l.object(err) }
	if c := o.Store.NATS.Credentials; c != "" {
		show, err := credentials(c)
		if err == nil {
			err = show(&n)
		}
		if err != nil {
			return fmt.Errorf("credentials %s: %w", c, transport.Reason(err))
		}
	}
	stop := context.AfterFunc(ctx, func() { l.wire.tcp.Close() })
	conn, err := n.Connect()
	if !stop() && ctx.Err() != nil && (err == nil || errors.Is(ctx.Err(), context.Canceled)) {
		err = ctx.Err()
	}
	if err != nil {
		conn.Close() // where there is one
		return explainLogin(err, o.Store.NATS.Credentials)
	}
	l.conn, l.inbox = conn, conn.NewInbox()+"."
	if _, err = conn.ChanSubscribe(l.inbox+"*", l.answers); err != nil {
		l.close()
	}
	return err
}

// credentials are those of a file: what an operator has signed, with its key; or a key (nkey) alone, of
// a user that nats-server.conf names by it.
func credentials(path string) (nats.Option, error) {
	b, err := os.ReadFile(path)
	switch {
	case err != nil:
		return nil, err
	case bytes.Contains(b, []byte("BEGIN NATS USER JWT")):
		return nats.UserCredentials(path), nil
	}
	return nats.NkeyOptionFromSeed(path)
}

// object notes what the server says against something that was sent.
func (l *link) object(err error) {
	select {
	case l.objections <- err:
	default: // the first one is looked at
	}
}

// close ends the connection. It does not wait for the server.
func (l *link) close() {
	l.wire.tcp.Close() // before nats.go wants to write what it still has
	l.conn.Close()
}

// Broken is closed when the server has gone.
func (l *link) Broken() <-chan struct{} { return l.gone.Done() }

// Err says why the link is broken.
func (l *link) Err() error { return context.Cause(l.gone) }

// errUnanswered: neither is there an answer, nor does anything move.
var errUnanswered = errors.New("no answer")

// exchange sends a request, and returns the answer to it. It calls waiting about once a second; an error of that
// ends it, as ctx does. After an error the link is of no more use where a request may still be on its way.
func (l *link) exchange(ctx context.Context, m *nats.Msg, waiting func() error) (answer *nats.Msg, err error) {
	l.number++
	m.Reply = l.inbox + strconv.FormatUint(l.number, 10)
	written := make(chan error, 1)
	go func() { written <- l.conn.PublishMsg(m) }()
	if answer, err = l.await(ctx, m.Reply, written, waiting); err != nil {
		l.wire.tcp.Close()
		return nil, err
	}
	if isStatus(answer, statusNobody) {
		return answer, errNobody
	}
	return answer, nil
}

// await waits until the request is written, and answered at reply. With an error the request may still be being written.
func (l *link) await(ctx context.Context, reply string, written chan error, waiting func() error) (answer *nats.Msg, err error) {
	defer func() {
		if err != nil && written != nil {
			l.wire.tcp.Close()
			<-written // what is sent must not be changed before
		}
	}()
	look := time.NewTicker(time.Second)
	defer look.Stop()
	moved, onTheWay := time.Now(), 0
	for written != nil || answer == nil {
		select {
		case err := <-written:
			if written, moved = nil, time.Now(); err != nil {
				return nil, l.reason(err)
			}
		case a := <-l.answers:
			if a.Subject == reply {
				answer = a
			}
		case err := <-l.objections:
			return nil, explainObjection(err)
		case <-l.Broken():
			return nil, l.Err()
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-look.C:
			if n := l.onTheWay(); n != onTheWay {
				moved, onTheWay = time.Now(), n
			}
			if err := waiting(); err != nil {
				return nil, err
			}
			if time.Since(moved) >= l.patience {
				return nil, errUnanswered
			}
		}
	}
	return answer, nil
}

// onTheWay is how many bytes the server's kernel has not acknowledged.
func (l *link) onTheWay() (n int) {
	raw, err := l.wire.tcp.SyscallConn()
	if err == nil {
		_ = raw.Control(func(fd uintptr) { n, _ = unix.IoctlGetInt(int(fd), unix.SIOCOUTQ) }) // it breaks elsewhere
	}
	return n
}

// reason is why something could not be written: why the server has gone says more.
func (l *link) reason(err error) error {
	select {
	case <-l.Broken():
		return l.Err()
	default:
		return transport.Reason(err)
	}
}

// explainEnd says how a connection has ended.
func explainEnd(err error) error {
	switch {
	case err == nil, errors.Is(err, io.EOF):
		return transport.ErrPeerClosed
	case errors.Is(err, nats.ErrStaleConnection):
		return fmt.Errorf("the server does not answer: %w", err)
	}
	return clean(transport.Reason(err))
}

func noWait() error { return nil }
