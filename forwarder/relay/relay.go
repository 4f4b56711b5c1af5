package relay

import (
	"context"
	"errors"
	"time"

	"httpd-syslog/forwarder/audit"
	"httpd-syslog/forwarder/consumer"
	"httpd-syslog/forwarder/relay/outage"
	"httpd-syslog/forwarder/relay/pace"
	"httpd-syslog/forwarder/relay/servers"
	"httpd-syslog/forwarder/relay/window"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/stream"
)

// Relay is the consumer of the spool that sends to one server at a time:
// read → encode → send → accepted? → commit.
//
// Accepted are the lines that a server has taken, as far as its transport can tell. Safe trails
// accepted by the lines that a server which dies may lose. After a break sending begins again at
// safe. All methods but Reloaded are for one goroutine.
type Relay struct {
	o           Options
	progress    *consumer.Progress
	events      *audit.Log
	wake        <-chan struct{} // gets something when there may be something new to read
	unsubscribe func()          // ends the waking

	catalog *spool.Catalog
	reader  *spool.Reader
	streams *stream.Table
	servers *servers.Set
	renewal *pace.Renewal

	batch  batch         // encoded, not given to the session
	window window.Window // lines on their way, or accepted
	link                 // the session
	attempts
	outage outage.Outage
	trials
	idle   idleClose
	record pending

	waiting func() error // for Send
	ending  consumer.Ending
}

var (
	errDraining = errors.New("draining")
	errAgain    = errors.New("the session did not end in good order")
	errRenewed  = errors.New("the session has ended in good order, for another one")
	errHome     = errors.New("a preferred server is back, and this one does not take anything")
)

// Run sends until ctx ends, at once, or until it has ended by one of the steps of e.
func (r *Relay) Run(ctx context.Context, e consumer.Ending) {
	r.ending = e
	defer r.unsubscribe()
	defer r.reader.Close()
	defer r.servers.StopSeeking()
	defer r.renewal.Stop()
	r.waiting = func() error {
		r.settle()
		if r.servers.HomeReady() {
			return errHome
		}
		return ctx.Err()
	}
	for ctx.Err() == nil {
		if r.closed == closedIdle && !r.awaitLine(ctx) {
			r.commit(true)
			return
		}
		if r.session == nil && !r.connect() {
			break
		}
		err := r.serve(ctx)
		switch err {
		case errDraining:
			return
		case errRenewed:
			r.delay = 0
		default:
			r.broken(ctx, err)
		}
	}
	r.commit(false)
}

// serve uses one session to its end. errDraining: everything is delivered that there was when draining
// began, as far as the session can tell.
func (r *Relay) serve(ctx context.Context) error {
	if r.idle.checking > 0 {
		if err := r.watchIdle(ctx); err != nil {
			return err
		}
	}
	for {
		if r.doubt.IsOn() {
			if err := r.trial(ctx); err != nil {
				return err
			}
			continue
		}
		last := consumer.IsClosed(r.ending.Drain)
		if err := r.sendAll(); err != nil {
			return err
		}
		if r.stopped() {
			return r.stop(ctx)
		}
		if r.doubt.IsOn() {
			continue
		}
		delivered := r.window.AllAccepted()
		if last && delivered {
			return r.end(ctx)
		}
		if r.servers.HomeReady() {
			r.goHome(ctx)
			continue
		}
		renewing := r.renewal.IsWanted()
		if renewing && delivered { // otherwise a server that stands still would get again what is on its way
			return r.renew(ctx)
		}
		if delivered && !r.outage.IsOn() {
			r.outage.CaughtUp()
		}
		r.progress.SetAtEnd(delivered && r.reader.AtEnd(r.events.Owns))
		if err := r.wait(ctx, last || renewing); err != nil {
			return err
		}
	}
}

func (r *Relay) stopped() bool { return r.ending.Stop.Err() != nil }

// sendAll sends all that can be read, unless a preferred server is back before, the
// session is to be renewed, or it is to stop.
func (r *Relay) sendAll() error {
	for !r.servers.HomeReady() && !r.renewal.IsWanted() && !r.stopped() {
		r.giveUp()
		f, err := r.reader.Next()
		switch {
		case f != nil:
			err := r.encode(f)
			if err == nil && len(r.batch.bytes) > 0 && !r.reader.HasMore() && r.store() == nil {
				err = r.send() // before anybody looks whether more has come
			}
			if err == errEnough { // the next message has a length that was refused, and begins trials
				return r.doubtNext()
			}
			if err != nil {
				return err
			}
		case err != nil: // a damaged place, of which the local log tells; other files can be read
		default:
			return r.flush()
		}
	}
	return r.flush()
}

// wait blocks until there may be something new to read or to do. hurry: or until the session is to be asked again.
func (r *Relay) wait(ctx context.Context, hurry bool) error {
	draining := r.ending.Drain
	var soon <-chan time.Time
	if hurry {
		soon, draining = time.After(10*time.Millisecond), nil
	}
	select {
	case <-r.wake:
		if !hurry {
			r.gather(ctx)
		}
	case <-r.renewal.Wake():
	case <-soon:
	case <-draining:
	case <-r.ending.Stop.Done():
	case <-r.session.Broken():
		return r.session.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}
