package forwarder

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"httpd-syslog/forwarder/spool"
)

// idleClose is what a relay knows of a server that ends connections over which nothing comes.
type idleClose struct {
	after    time.Duration // it has ended one that nothing was sent over, after so long; 0: it has not
	at       time.Time     // when it ended the one before
	checking time.Duration // how long the next connection is to be watched before anything is sent; 0: not at all
}

// idleFor is how long nothing must have been sent for a server that ends the connection to be
// taken for one that ends idle ones.
const idleFor = 5 * time.Second

// errNotIdle: a connection that nothing was sent over stands longer than the one before did. The
// server has ended that one for another reason.
var errNotIdle = errors.New("the server has closed the connection, though it does not close idle ones")

// isClosedIdle takes in that a server has ended a session in good order. It reports whether that
// is no outage: nothing was sent for a while. Where the while is less than idleFor, the server
// may have ended the session because of what it got, so that the next one is watched first: it
// must end by itself as soon. What came less than idleFor before the end is sent once more, as a
// server that ends can lose what it has read.
func (r *relay) isClosedIdle(now time.Time) bool {
	quiet := now.Sub(r.connected)
	if !r.sentAt.IsZero() {
		quiet = now.Sub(r.sentAt)
	}
	if quiet < standFor || r.outage.isOn() {
		return false
	}
	if r.idle.checking > 0 {
		r.idle.after = quiet
	} else {
		r.idle.at = now
	}
	r.idle.checking, r.dirty = 0, true
	switch {
	case quiet < idleFor && r.evidence != answering && (r.idle.after == 0 || quiet < r.idle.after*3/4):
		r.idle.checking = 2*quiet + standFor
		r.forget()
		r.closed, r.delay = closedBusy, rand.N(backoffFirst)
	case quiet >= idleFor || r.window.secondChance(r.idle.at, idleFor, true):
		r.window.settle()
		r.forget()
		r.closed, r.delay = closedIdle, 0
	default:
		r.rewind()
		r.delay = rand.N(backoffFirst)
	}
	return true
}

// watchIdle watches a session over which nothing is sent, until the server ends it, or there
// is something to send.
func (r *relay) watchIdle(ctx context.Context) error {
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
		case <-r.ending.drain:
			r.idle.checking = 0
			r.rewind()
			return nil
		case <-r.ending.stop.Done():
			return r.quit()
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// goOnWatching goes on with a session that was watched, as there is something to send. Whether the
// server ends idle connections is not known yet: what it had lately comes again, as often as that
// happens, and the end of the session before counts as one that a message may have been the cause of.
func (r *relay) goOnWatching() {
	r.idle.checking = 0
	r.doubtAfter(errPeerClosed, r.window.front(), true, time.Now())
	r.window.secondChance(r.idle.at, idleFor, false)
	r.rewind()
}

// awaitLine waits until there is anything to connect for. false: the relay is to end, and
// everything that it has sent is safe.
func (r *relay) awaitLine(ctx context.Context) bool {
	for {
		r.giveUp()
		r.settle()
		if r.stopped() {
			return false
		}
		if r.hasLine() {
			return true
		}
		r.progress.setAtEnd(r.reader.AtEnd(r.events.owns))
		if isClosed(r.ending.drain) {
			return false
		}
		select {
		case <-r.wake:
		case <-r.ending.drain:
		case <-r.ending.stop.Done():
		case <-ctx.Done():
			return false
		}
	}
}

// hasLine reports whether there is anything to send, and passes over what there is not.
func (r *relay) hasLine() bool {
	for {
		f, err := r.reader.Next()
		switch {
		case f == nil && err == nil:
			return false
		case f == nil: // the local log reports it
		case f.Lines > 0 && r.wants(r.streams.of(f).Name):
			r.forget()
			return true
		default:
			r.window.skip(f.File.ID, spool.Position{Offset: f.End})
			r.dirty = true
		}
	}
}
