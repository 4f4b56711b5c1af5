package forwarder

import (
	"context"
	"errors"
	"math"
	"time"

	"httpd-syslog/forwarder/fault"
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

// unreachable takes in that a server cannot be connected to.
func (r *relay) unreachable(server transport, err error) {
	if r.closed == closedBusy {
		r.closed = closedGone
	}
	r.idle.checking = 0
	if server.String() == r.server {
		on := r.doubt.isOn()
		r.doubt.gone()
		r.lossy = r.lossy || on // it has ended, and may have lost what it took
		if on && !r.doubt.isOn() {
			r.rewind()
		}
	}
	r.failed(server, err)
}

// failed takes in that there is no session to a server.
func (r *relay) failed(server transport, err error) {
	now := time.Now()
	r.count.Failures++
	r.outage.failed(server, err, now)
	r.progress.report.down(server.String(), err, now, r.outage.since)
	r.progress.report.sent(r.count, time.Time{}, now)
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
		if r.renewal.wanted.Load() {
			return r.renew(ctx)
		}
		if delivered && !r.outage.isOn() {
			r.outage.caughtUp()
		}
		r.progress.setAtEnd(delivered && r.reader.AtEnd(r.events.owns))
		if err := r.wait(ctx, last); err != nil {
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

// end closes the session for good. Where that is not in good order everything that
// is not safe is sent again, over another session, as often as maxEndings and as long
// as ctx allow.
func (r *relay) end(ctx context.Context) error {
	err := r.finish(ctx)
	fault.Point("relay.end")
	if err != nil && inGoodOrder(err) && ctx.Err() == nil {
		return err // the server was first; whether it has gone is to be seen
	}
	if r.endings++; err != nil && r.endings < maxEndings && ctx.Err() == nil {
		return errAgain
	}
	r.commit(err == nil) // else the next one begins at safe
	return errDraining
}

// leave closes the session for good with what was sent; the rest stays in the spool.
func (r *relay) leave(ctx context.Context) error {
	r.commit(r.finish(ctx) == nil) // else the next one begins at safe
	return errDraining
}

// maxEndings: a server that never ends a connection in good order is not to get the
// same lines for ever.
const maxEndings = 2

// finish closes the session, which makes what is accepted safe if it is in good
// order. Everything must have been given to Send.
func (r *relay) finish(ctx context.Context) error {
	if err := r.session.Close(ctx); err != nil {
		return err
	}
	r.session = nil
	r.accept(math.MaxUint64, time.Now())
	r.window.settle()
	return nil
}

// closeTimeout is how long an end in good order may take when another server
// waits for the lines.
const closeTimeout = 5 * time.Second

// goHome goes back to a preferred server, after an end in good order with the
// one in use, if that takes part in it.
func (r *relay) goHome(ctx context.Context) {
	closing, cancel := context.WithTimeout(ctx, closeTimeout)
	defer cancel()
	from := r.servers.current()
	if r.finish(closing) != nil {
		r.session = nil
		r.rewind()
	}
	r.use(r.servers.goHome())
	r.events.log(syslogfmt.Notice, "relay %s: back from %s to %s", r.o.Name, from, r.servers.current())
}

// broken takes in the end of a session that was not to end: it goes back to what is safe.
func (r *relay) broken(ctx context.Context, err error) {
	now := time.Now()
	calm := r.lose(err, now)
	r.progress.setAtEnd(false)
	switch {
	case ctx.Err() != nil:
		r.rewind()
	case err == errHome, errors.Is(err, errElsewhere):
		r.rewind()
		r.delay = 0
	case err == errAgain:
		r.rewind()
		r.delay = r.backoff.next()
	case r.doubt.isOn():
		r.trialBroke(err, calm)
		r.failed(r.servers.current(), r.explain(err))
		if r.doubt.verdict != noVerdict {
			r.servers.lost()
		}
	case calm && r.isClosedIdle(now):
	case err == errNotIdle:
		r.outageBegins(errPeerClosed, true, now)
	default:
		r.outageBegins(err, calm, now)
	}
}

// lose ends the session after an error. calm: the server had taken all that it was given, and
// ended the connection in good order.
func (r *relay) lose(err error, now time.Time) (calm bool) {
	if r.session == nil {
		return false
	}
	accepted := r.session.Accepted()
	calm = inGoodOrder(err) && accepted >= r.window.session()
	if r.evidence == answering || !r.doubt.isOn() && calm {
		r.accept(accepted, now)
	}
	if r.useful && !refused(err) && r.hasStood(now) {
		r.backoff.reset()
	}
	abandon(r.session)
	r.session = nil
	return calm
}

// hasStood reports whether the session shows that the server works. What its kernel took does
// not; where sessions have broken before, theirs is to be taken, and this one to stand behind
// it for longer each time.
func (r *relay) hasStood(now time.Time) bool {
	switch {
	case r.session.Evidence() == answering:
		return true
	case r.doubt.place == nil:
		return now.Sub(r.connected) >= standFor
	}
	return !r.coveredAt.IsZero() && now.Sub(r.coveredAt) >= standFor<<min(r.doubt.breaks, breakLimit+2)/2
}

// refused: the peer does not want us, so that what its kernel has acknowledged is no success.
func refused(err error) bool {
	var t *trust.Error
	return errors.As(err, &t)
}

// outageBegins takes in a session that has broken. One that has taken everything and ended in
// good order is sent it again when the server is there.
func (r *relay) outageBegins(err error, calm bool, now time.Time) {
	r.idle.checking = 0
	given := r.window.front()
	if calm {
		r.closed = closedBusy
		r.forget()
	} else {
		r.rewind()
	}
	r.delay = r.backoff.next()
	r.doubtAfter(err, given, calm, now)
	r.failed(r.servers.current(), r.explain(err))
	if !r.doubt.isOn() {
		r.servers.lost()
	}
}

// forget drops what was read and is not accepted.
func (r *relay) forget() {
	r.window.drop()
	r.batch, r.ends = r.batch[:0], r.ends[:0]
	r.open.reset()
	r.reader.Reset(r.window.accepted)
}

// rewind goes back to what is safe. A server that breaks may have lost what it had.
func (r *relay) rewind() {
	if !r.lossy {
		r.window.age(time.Now())
	}
	r.lossy = false
	r.count.Repeated += uint64(r.window.goBack())
	r.forget()
}

// settle takes in what was accepted since, and commits when it is time.
func (r *relay) settle() {
	now := time.Now()
	if r.session != nil && !r.window.sent.empty() && (!r.doubt.isOn() || r.session.Evidence() == answering) {
		r.accept(r.session.Accepted(), now)
	}
	if r.outage.isOn() && r.stands(now) {
		r.outage.over(r.servers.current(), r.behind(), now)
		r.progress.report.up(r.servers.current().String(), now)
	}
	if !r.lossy && r.window.age(now) {
		r.dirty = true
	}
	r.doubtEnds(now)
	if (r.dirty || r.progress.stale.Load()) && r.progress.commitDue(r.commitAt) {
		r.commitLater()
	}
}

// stands reports whether there is a session that works: one that is refused breaks soon, or as
// soon as those before it.
func (r *relay) stands(now time.Time) bool {
	least := standFor + min(r.doubt.longest, steadyFor)
	return r.session != nil && !r.doubt.isOn() && now.Sub(r.connected) >= least && (r.useful || r.window.sent.empty())
}

// behind is how many bytes of the spool are not accepted.
func (r *relay) behind() (bytes int64) {
	for _, f := range r.catalog.Files() {
		if size, err := f.Size(); err == nil {
			bytes += size - min(size, r.window.accepted[f.ID].Offset)
		}
	}
	return bytes
}

// accept takes in that the session's first n bytes are accepted.
func (r *relay) accept(n uint64, now time.Time) {
	keep := r.servers.current().Rewinds() || r.doubt.isOn() && r.evidence == standing
	for s := r.window.accept(n, now, keep); s != nil; s = r.window.accept(n, now, keep) {
		r.counted(s, now)
		r.dirty, r.useful = true, true
		fault.Point("relay.accept")
	}
}

// counted counts what was accepted. Of lines that were accepted before only the number
// counts.
func (r *relay) counted(s *span, now time.Time) {
	r.count.Lines += uint64(s.lines)
	r.outage.took(s.lines - s.repeats)
	r.progress.report.sent(r.count, s.received, now)
}

// giveUp passes over the files that the spool has no more room for.
func (r *relay) giveUp() {
	files := r.progress.takeUnwanted()
	if len(files) == 0 {
		return
	}
	before := r.count.GivenUp
	for _, f := range files {
		size, err := f.Size()
		if err != nil {
			continue // it has gone
		}
		r.count.GivenUp += r.reader.Skip(f, r.window.had[f.ID])
		end := spool.Position{Offset: size}
		if r.session != nil {
			r.open.reach(f.ID, end) // behind what is on its way
			continue
		}
		r.window.skip(f.ID, end)
		r.dirty = true
	}
	if r.count.GivenUp > before {
		r.events.log(syslogfmt.Alert, "relay %s: the spool is above its max_size: %d lines are given up, %d so far; the local log has them",
			r.o.Name, r.count.GivenUp-before, r.count.GivenUp)
	}
}
