package relay

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"httpd-syslog/forwarder/consumer"
	"httpd-syslog/forwarder/relay/pace"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/transport"
)

// idleClose is what a relay knows of a server that ends connections over which nothing comes.
type idleClose struct {
	after    time.Duration // after how long without a message the server has ended a connection; 0: it has not ended any so
	at       time.Time     // when the server ended the connection before
	checking time.Duration // how long the next connection is to be watched before anything is sent; 0: not at all
}

// idleFor is how long nothing must have been sent over a connection before its end by the server
// counts as the end of an idle one.
const idleFor = 5 * time.Second

// errNotIdle: the connection that is watched has stood idle for longer than the one before, so that
// the server has ended that one for another reason.
var errNotIdle = errors.New("the server has closed the connection, though it does not close idle ones")

// isClosedIdle deals with a server that has ended a session in good order. It reports whether that is
// no outage, since nothing had been sent for a while. If the while is less than idleFor the server may
// have ended the session because of a message: then the next session is watched first, and must be
// ended as soon. Lines that were sent less than idleFor before the end are sent once more: a server
// that ends can lose what it has read.
func (r *Relay) isClosedIdle(now time.Time) bool {
	quiet := r.quiet(now)
	if quiet < r.o.Timing.standFor() || r.outage.IsOn() {
		return false
	}
	if r.idle.checking > 0 {
		r.idle.after = quiet
	} else {
		r.idle.at = now
	}
	r.idle.checking, r.record.dirty = 0, true
	switch {
	case quiet < idleFor && r.evidence != transport.Answering && (r.idle.after == 0 || quiet < r.idle.after*3/4):
		r.idle.checking = 2*quiet + r.o.Timing.standFor()
		r.forget()
		r.closed, r.delay = closedBusy, rand.N(pace.First)
	case quiet >= idleFor || r.window.SecondChance(r.idle.at, idleFor, true):
		r.window.Settle()
		r.forget()
		r.closed, r.delay = closedIdle, 0
	default:
		r.rewind()
		r.delay = rand.N(pace.First)
	}
	return true
}

// watchIdle watches a session over which nothing is sent, until the server ends it, or there
// is something to send.
func (r *Relay) watchIdle(ctx context.Context) error {
	until := time.NewTimer(r.idle.checking)
	defer until.Stop()
	for {
		select {
		case <-r.session.Broken():
			return r.session.Err()
		case <-until.C:
			return errNotIdle
		case <-r.wake:
			if r.hasLine() {
				r.goOnWatching()
				return nil
			}
		case <-r.ending.Drain:
			r.idle.checking = 0
			r.rewind()
			return nil
		case <-r.ending.Stop.Done():
			return r.quit()
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// goOnWatching ends the watch of a session because there is something to send. Whether the server ends
// idle connections is not known then: lines that it had lately are sent again, and the end of the
// session before counts as an end that a message may have caused.
func (r *Relay) goOnWatching() {
	r.idle.checking = 0
	r.doubtAfter(transport.ErrPeerClosed, r.window.Front(), true, time.Now())
	r.window.SecondChance(r.idle.at, idleFor, false)
	r.rewind()
}

// awaitLine waits until there is a line to connect for. It returns false if the relay is to end and
// everything that it has sent is safe.
func (r *Relay) awaitLine(ctx context.Context) bool {
	for {
		r.giveUp()
		r.settle()
		if r.stopped() {
			return false
		}
		if r.hasLine() {
			return true
		}
		r.progress.SetAtEnd(r.reader.AtEnd(r.events.Owns))
		if consumer.IsClosed(r.ending.Drain) {
			return false
		}
		select {
		case <-r.wake:
		case <-r.ending.Drain:
		case <-r.ending.Stop.Done():
		case <-ctx.Done():
			return false
		}
	}
}

// hasLine reports whether there is a line to send. It passes over frames of streams that the relay
// does not send.
func (r *Relay) hasLine() bool {
	for {
		f, err := r.reader.Next()
		switch {
		case f == nil && err == nil:
			return false
		case f == nil: // a damaged place: the local log tells of it
		case f.Lines > 0 && r.o.wants(r.streams.Of(f).Name):
			r.forget()
			return true
		default:
			r.window.Skip(f.File.ID, spool.Position{Offset: f.End})
			r.record.dirty = true
		}
	}
}
