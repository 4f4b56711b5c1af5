package listener

import (
	"context"
	"errors"
	"net"
	"slices"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/event"
)

// backoffs of accepting, when there are no descriptors left.
const (
	backoffMin = 5 * time.Millisecond
	backoffMax = time.Second
)

// acceptor is a listening socket.
type acceptor interface {
	net.Listener
	SetDeadline(time.Time) error
}

// serveStreams accepts connections until ctx ends, then those that wait in the kernel, and
// returns when all have ended.
func (l *Listener) serveStreams(ctx context.Context, open OpenRaw) error {
	defer context.AfterFunc(ctx, func() { l.streams.SetDeadline(time.Now()) })()
	var serving sync.WaitGroup
	defer serving.Wait()
	defer l.conns.finishAll()
	var backoff time.Duration
	for {
		conn, err := l.streams.Accept()
		switch {
		case err == nil:
			backoff = 0
			l.accepted(ctx, conn, open, &serving)
		case ctx.Err() != nil:
			l.acceptLast(open, &serving)
			return nil
		case isPassing(err):
			if backoff == 0 {
				l.o.Tell(event.ListenerFailing.With("listener", l.o.Address, "cause", err))
			}
			l.conns.makeRoom()
			backoff = min(max(2*backoff, backoffMin), backoffMax)
			pause(ctx, backoff)
		default:
			return err
		}
	}
}

// acceptLast accepts the connections that wait in the kernel: they may have sent
// messages. Connections to an inherited socket are left to the next process.
func (l *Listener) acceptLast(open OpenRaw, serving *sync.WaitGroup) {
	if l.o.File != nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), lastReads)
	defer cancel()
	l.removeFile()
	l.conns.finishAll() // connections that end make room for those that wait
	for ctx.Err() == nil {
		l.streams.SetDeadline(time.Now().Add(10 * time.Millisecond)) // those that wait are there at once
		conn, none := l.streams.Accept()
		if none != nil {
			break
		}
		l.accepted(ctx, conn, open, serving)
	}
}

// isPassing reports whether accepting can be tried again after an error: descriptors or memory
// were short, or the peer has gone before it was accepted.
func isPassing(err error) bool {
	passing := []error{unix.EMFILE, unix.ENFILE, unix.ENOBUFS, unix.ENOMEM, unix.ECONNABORTED, unix.EPROTO}
	return slices.ContainsFunc(passing, func(e error) bool { return errors.Is(err, e) })
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

func (l *Listener) accepted(ctx context.Context, conn net.Conn, open OpenRaw, serving *sync.WaitGroup) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetKeepAliveConfig(keepAlive) // where it fails, connections of dead peers stay longer
	}
	c := l.newConnection(conn)
	added, again := l.conns.add(c)
	for again > 0 && ctx.Err() == nil {
		pause(ctx, again)
		added, again = l.conns.add(c)
	}
	if !added {
		l.counts.turnedAway.Add(1)
		conn.Close()
		return
	}
	serving.Go(func() {
		defer l.conns.remove(c)
		c.serve(open)
	})
}
