package receiver

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"

	"httpd-syslog/forwarder/relp"
	"httpd-syslog/forwarder/syslogfmt"
)

// maxConnections is how many connections are served at a time; others are closed at once.
const maxConnections = 256

// connections is the set of open connections.
type connections struct {
	mu   sync.Mutex
	open map[net.Conn]struct{}
}

// add takes c into the set, unless it is full.
func (s *connections) add(c net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.open) >= maxConnections {
		return false
	}
	s.open[c] = struct{}{}
	return true
}

func (s *connections) remove(c net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, c)
	c.Close()
}

func (s *connections) closeAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.open {
		c.Close()
	}
}

// serveStreams accepts connections until the listener is closed, then closes them all.
func (r *Receiver) serveStreams(ctx context.Context, o Options, out *output) error {
	conns := connections{open: map[net.Conn]struct{}{}}
	var serving sync.WaitGroup
	defer serving.Wait()
	defer conns.closeAll()
	for {
		conn, err := r.listener.Accept()
		if err != nil {
			return err
		}
		from := peerName(conn)
		if !conns.add(conn) {
			o.Log("%s: closed, %d connections are open already", from, maxConnections)
			conn.Close()
			continue
		}
		serving.Go(func() {
			defer conns.remove(conn)
			if r.addr.scheme == "relp" {
				serveRELP(ctx, conn, from, o, out)
				return
			}
			serveConn(ctx, conn, from, o, out)
		})
	}
}

func peerName(conn net.Conn) string {
	if name := conn.RemoteAddr().String(); name != "" && name != "@" {
		return name
	}
	return unnamed
}

// serveConn prints the messages of one connection until it ends, from either side.
func serveConn(ctx context.Context, conn net.Conn, from string, o Options, out *output) {
	o.Log("%s: connected", from)
	d := syslogfmt.NewDeframer(conn, o.MaxMessage)
	if _, tcp := conn.(*net.TCPConn); tcp {
		d.TextNUL(nil)
	}
	p := newPrinter(o.Mode, out)
	for count := 0; ; count++ {
		frame, err := d.Next()
		if err == nil {
			err = p.print(frame, peer{name: from}, "")
		} else if len(frame) > 0 {
			p.print(frame, peer{name: from}, brokenReason(ctx, err)) // an error of its own comes to Serve
		}
		switch {
		case err == nil:
			continue
		case err == io.EOF:
			o.Log("%s: closed after %d messages", from, count)
		case ctx.Err() == nil && !errors.Is(err, errDone):
			o.Log("%s: closed after %d messages: %v", from, count, err)
		}
		return
	}
}

// serveRELP prints the messages of one RELP session; what is printed is answered with 200.
func serveRELP(ctx context.Context, conn net.Conn, from string, o Options, out *output) {
	o.Log("%s: connected", from)
	p := newPrinter(o.Mode, out)
	count := 0
	err := relp.Serve(conn, relp.ServerOptions{MaxMessage: o.MaxMessage}, func(message []byte) error {
		err := p.print(message, peer{name: from}, "")
		if err == nil {
			count++
		}
		return err
	})
	switch {
	case err == nil:
		o.Log("%s: closed after %d messages", from, count)
	case ctx.Err() == nil:
		o.Log("%s: closed after %d messages: %v", from, count, err)
	}
}

// brokenReason says why a frame is not whole.
func brokenReason(ctx context.Context, err error) string {
	var tooLong *syslogfmt.FrameError
	switch {
	case errors.As(err, &tooLong) && tooLong.Digits != "":
		return "frame of " + tooLong.Digits + " bytes exceeds the limit"
	case errors.As(err, &tooLong):
		return "frame exceeds the limit"
	case ctx.Err() != nil:
		return "the receiver ended within the frame"
	}
	return "the connection ended within the frame: " + err.Error()
}
