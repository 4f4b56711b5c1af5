package forwarder

import (
	"context"
	"errors"
	"time"

	"httpd-syslog/forwarder/idle"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/syslogfmt"
	"httpd-syslog/forwarder/trust"
)

// RelayOptions describe one relay: a central server to send lines to.
type RelayOptions struct {
	Name           string
	Servers        []Server      // in order of preference; one at least
	Random         bool          // the servers share the load: each connection is to any of them
	Reconnect      time.Duration // about how long a connection may stand; 0: for good
	TLS            trust.Options
	Format         syslogfmt.Format
	Framing        syslogfmt.Framing // of a stream
	Streams        []string          // to send; empty: all, events included
	MaxMessage     int               // bytes on the wire, without framing
	Rewind         time.Duration     // how far to go back after a break
	RewindBytes    int64             // and how many bytes at most
	ConnectTimeout time.Duration
	Rate           int    // messages a second; 0: no limit
	Data           string // SD-ELEMENTs of each message behind our own, RFC 5424 only; empty: none
}

// relay is the consumer of the spool that sends to one server at a time:
// read → encode → send → accepted? → commit.
//
// accepted is what the server has taken, by what its transport calls so; safe
// trails it by what a server that dies may lose. After a break sending begins
// again at safe.
type relay struct {
	o        RelayOptions
	servers  *servers
	renewal  *renewal
	streams  *streamTable
	catalog  *spool.Catalog
	reader   *spool.Reader
	progress *progress
	events   *eventLog
	wake     <-chan struct{}
	// leaveWatch ends the waking.
	leaveWatch func()

	enc       *syslogfmt.Encoder
	cuts      uint64    // of enc, reported
	leftOut   uint64    // likewise
	session   session   // nil: there is none
	connected time.Time // when it was taken
	useful    bool      // it has accepted something
	sentAt    time.Time // when it was given something last; zero: nothing was
	coveredAt time.Time // when the place at which others broke was accepted; zero: it is not
	closed    closing   // how the session before has ended
	outage    outage
	backoff   backoff
	delay     time.Duration // before the next attempt to connect
	pace      *pacer        // nil: no limit
	endings   int           // attempts to end in good order
	count     relayCount

	batch     []byte // messages not yet given to Send
	ends      []int
	batchSize int  // bytes of a full batch, about: the session's
	open      span // of batch

	window   window
	dirty    bool // it has changed since the last commit
	commitAt time.Time

	trials
	idle idleClose

	waiting func() error // for Send
	ending  ending
}

// closing is what the end of a session in good order, by the server, leaves to do.
type closing int

const (
	notClosed  closing = iota // nothing: it has not ended so, or another one has begun
	closedIdle                // nothing before there is a line
	closedBusy                // sending again, if the server is still there: it may have lost what it had
	closedGone                // likewise, and it cannot be connected to
)

var (
	errDraining = errors.New("draining")
	errAgain    = errors.New("the session did not end in good order")
	errRenewed  = errors.New("the session has ended in good order, for another one")
	errHome     = errors.New("a preferred server is back, and this one does not take anything")
)

// run sends until ctx ends, or until the ending's steps bring it to an end.
func (r *relay) run(ctx context.Context, e ending) {
	r.ending = e
	defer r.leaveWatch()
	defer r.reader.Close()
	defer r.servers.settle()
	defer r.renewal.stop()
	r.waiting = func() error {
		r.settle()
		if r.servers.homeReady() {
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

// connect tries to connect until it succeeds. false: there is no more to do.
func (r *relay) connect() bool {
	for r.delay == 0 || r.pause(r.delay) {
		s := r.servers.dial(r.ending.stop, r.unreachable)
		if s != nil {
			if r.closed >= closedBusy && r.idle.checking == 0 {
				r.rewind()
			}
			r.use(s)
			return true
		}
		r.delay = r.backoff.next()
	}
	return false
}

// use begins with a new session.
func (r *relay) use(s session) {
	r.session, r.connected, r.useful = s, time.Now(), false
	r.sentAt, r.coveredAt, r.closed, r.longest = time.Time{}, time.Time{}, notClosed, 0
	r.evidence = s.Evidence()
	r.doubtOf(r.servers.current().String())
	r.progress.report.connected(r.servers.current().String())
	r.cuts, r.leftOut = 0, 0
	r.window.begin()
	r.batchSize = r.servers.current().BatchSize()
	r.enc = syslogfmt.NewEncoder(r.o.Format, s.Framing(), r.o.MaxMessage)
	r.enc.SetData(r.o.Data)
	r.renewal.begin()
}

// pause waits before another attempt; it reports whether to make one.
func (r *relay) pause(d time.Duration) bool {
	draining := r.ending.drain
	until, again := time.NewTimer(d), time.NewTicker(idle.Tick)
	defer until.Stop()
	defer again.Stop()
	for {
		r.giveUp()
		r.settle() // what was accepted grows safe while nobody is there
		nothing := r.allDone()
		r.progress.setAtEnd(nothing)
		if isClosed(draining) {
			if nothing {
				return false
			}
			draining = nil
		}
		select {
		case <-until.C:
			return true
		case <-again.C: // not at each line that comes in
		case <-draining:
		case <-r.ending.stop.Done():
			return false
		}
	}
}

// allDone reports whether there is nothing left to send, without reading. What a server took
// before it ended in good order, and went away, is done for whoever waits for that.
func (r *relay) allDone() bool {
	done := r.window.safe
	if r.closed == closedGone {
		done = r.window.accepted
	}
	for _, f := range r.catalog.Files() {
		size, err := f.Size()
		if err == nil && done[f.ID].Offset < size && !r.events.owns(f.ID) {
			return false
		}
	}
	return true
}

// serve uses one session to its end. errDraining: everything there was when
// draining began is delivered, as far as the session could tell.
func (r *relay) serve(ctx context.Context) error {
	if r.idle.checking > 0 {
		if err := r.watchIdle(ctx); err != nil {
			return err
		}
	}
	for {
		if r.doubt.isOn() {
			if err := r.trial(ctx); err != nil {
				return err
			}
			continue
		}
		last := isClosed(r.ending.drain)
		if err := r.sendAll(); err != nil {
			return err
		}
		if r.stopped() {
			return r.leave(ctx)
		}
		if r.doubt.isOn() {
			continue
		}
		delivered := r.window.sent.empty()
		if last && delivered {
			return r.end(ctx)
		}
		if r.servers.homeReady() {
			r.goHome(ctx)
			continue
		}
		renewing := r.renewal.wanted.Load()
		if renewing && delivered { // else what is on its way would come again, if the server stands still
			return r.renew(ctx)
		}
		if delivered && !r.outage.isOn() {
			r.outage.caughtUp()
		}
		r.progress.setAtEnd(delivered && r.reader.AtEnd(r.events.owns))
		if err := r.wait(ctx, last || renewing); err != nil {
			return err
		}
	}
}

func (r *relay) stopped() bool { return r.ending.stop.Err() != nil }

// sendAll sends all that can be read, unless a preferred server is back before, the
// session is to be renewed, or it is to stop.
func (r *relay) sendAll() error {
	for !r.servers.homeReady() && !r.renewal.wanted.Load() && !r.stopped() {
		r.giveUp()
		f, err := r.reader.Next()
		var damage *spool.DamageError
		switch {
		case f != nil:
			err := r.encode(f)
			if err == errEnough { // a message of a length that was refused is next
				return r.doubtNext()
			}
			if err != nil {
				return err
			}
		case errors.As(err, &damage): // the local log reports it
		case err != nil: // likewise; other files can be read
		default:
			return r.flush()
		}
	}
	return r.flush()
}

// wait waits for anything new; with hurry it looks soon for what is accepted.
func (r *relay) wait(ctx context.Context, hurry bool) error {
	draining := r.ending.drain
	var soon <-chan time.Time
	if hurry {
		soon, draining = time.After(10*time.Millisecond), nil
	}
	select {
	case <-r.wake:
	case <-r.renewal.wake:
	case <-soon:
	case <-draining:
	case <-r.ending.stop.Done():
	case <-r.session.Broken():
		return r.session.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}
