package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/web"
)

// httpServer shows how the service is doing, at an address that a reload may change.
// Its methods are for one goroutine.
type httpServer struct {
	server  *web.Server
	failed  func(error) // is told why the server has ended by itself
	addr    string      // empty: nowhere
	stop    context.CancelFunc
	serving sync.WaitGroup
	next    net.Listener // at addr, opened by listen, not served yet
}

// listen opens an address, where serve then answers; an empty one closes the address in use.
// After an error the server is where it was before.
func (h *httpServer) listen(addr string) error {
	if addr == h.addr {
		return nil
	}
	if addr == "" {
		h.close()
		return nil
	}
	l, err := net.Listen("tcp", addr)
	if errors.Is(err, unix.EADDRINUSE) && samePort(addr, h.addr) {
		l, err = h.listenInstead(addr)
	}
	if err != nil {
		return fmt.Errorf(notServed+"%w (correct listen of [http], or end who has the address)", err)
	}
	h.close()
	h.addr, h.next = addr, l
	return nil
}

// samePort reports whether two addresses have the same port: then both cannot be open at once,
// if one of them is that of all hosts.
func samePort(a, b string) bool {
	_, port, err := net.SplitHostPort(a)
	_, other, oerr := net.SplitHostPort(b)
	return err == nil && oerr == nil && port == other
}

// listenInstead opens an address in place of the one in use, or else that one again.
func (h *httpServer) listenInstead(addr string) (net.Listener, error) {
	before := h.addr
	h.close()
	l, err := net.Listen("tcp", addr)
	if err == nil {
		return l, nil
	}
	if l, err := net.Listen("tcp", before); err == nil {
		h.addr, h.next = before, l
	}
	return nil, err
}

// serve answers at the address that listen has opened, if there is one that is not served yet.
func (h *httpServer) serve() {
	l := h.next
	if l == nil {
		return
	}
	h.next = nil
	ctx, stop := context.WithCancel(context.Background())
	h.stop = stop
	h.serving.Go(func() {
		if err := h.server.Serve(ctx, l); err != nil {
			h.failed(err)
		}
	})
}

// close stops answering.
func (h *httpServer) close() {
	if h.next != nil {
		h.next.Close()
	}
	if h.stop != nil {
		h.stop()
	}
	h.serving.Wait()
	h.addr, h.stop, h.next = "", nil, nil
}

// notServed begins the error of an address that cannot be opened.
const notServed = "http: status and metrics are not served there: "
