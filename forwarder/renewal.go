package forwarder

import (
	"context"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"httpd-syslog/forwarder/syslogfmt"
)

// renewal says when a session is to be ended in good order and another one begun: behind a
// balancer that can be to another server, and certificates are verified again. The zero
// value never wants one.
type renewal struct {
	every  time.Duration // about how long a session may stand; 0: for good
	timer  *time.Timer
	wanted atomic.Bool
	wake   chan struct{} // holds one when wanted has been set
}

func newRenewal(every time.Duration) *renewal {
	return &renewal{every: every, wake: make(chan struct{}, 1)}
}

// begin counts from a new session on.
func (n *renewal) begin() {
	n.stop()
	n.wanted.Store(false)
	if n.every > 0 {
		n.timer = time.AfterFunc(jittered(n.every), n.ask)
	}
}

// jittered is a time between three and five quarters of d: a thousand web servers that
// have been started at once do not stay together.
func jittered(d time.Duration) time.Duration { return d*3/4 + rand.N(d/2+1) }

// ask wants a new session soon, if sessions are renewed at all. Any goroutine may call it.
func (n *renewal) ask() {
	if n.every == 0 {
		return
	}
	n.wanted.Store(true)
	select {
	case n.wake <- struct{}{}:
	default:
	}
}

func (n *renewal) stop() {
	if n.timer != nil {
		n.timer.Stop()
	}
}

// renewPatience is how long the end of a session that is to be renewed may take: a server
// that is busy has to read what it has got.
const renewPatience = 30 * time.Second

// renew ends the session in good order, so that another one goes on behind it. errRenewed:
// it has.
func (r *relay) renew(ctx context.Context) error {
	closing, cancel := context.WithTimeout(ctx, renewPatience)
	defer cancel()
	err := r.finish(closing)
	switch {
	case err == nil:
		return errRenewed
	case inGoodOrder(err) && ctx.Err() == nil:
		return err // the server was first
	case ctx.Err() == nil:
		r.events.log(syslogfmt.Warning, "relay %s: %s has not ended a connection in good order that was to be renewed: %v; what it may not have read is sent again", r.o.Name, r.servers.current(), reason(err))
	}
	return errAgain
}

// reloaded takes in that the configuration was loaded again, and is the same for this
// relay. It is called by another goroutine.
func (r *relay) reloaded() {
	r.renewal.ask()
	for _, t := range r.servers.transports {
		if t, ok := t.(interface{ Refresh() }); ok {
			t.Refresh()
		}
	}
}
