package relay

import (
	"context"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/transport"
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

// begin begins the time of a new session.
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

// ask has the session renewed soon, if sessions are renewed at all. Any goroutine may call it.
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
// that is busy must first read the lines that it has got.
const renewPatience = 30 * time.Second

// renew ends the session in good order, so that another one goes on behind it. errRenewed:
// it has.
func (r *Relay) renew(ctx context.Context) error {
	closing, cancel := context.WithTimeout(ctx, renewPatience)
	defer cancel()
	err := r.finish(closing)
	switch {
	case err == nil:
		return errRenewed
	case transport.InGoodOrder(err) && ctx.Err() == nil:
		return err // the server has ended the session first
	case ctx.Err() == nil:
		r.events.Tell(event.RelayUnclean.With("relay", r.o.Name, "server", r.servers.Current(), "cause", transport.Reason(err)))
	}
	return errAgain
}

// Reloaded tells the relay that the configuration was loaded again, and has left its settings the
// same: with Reconnect set it renews its session. Any goroutine may call it.
func (r *Relay) Reloaded() {
	r.renewal.ask()
	r.servers.Refresh()
}
