package forwarder

import (
	"bytes"
	"context"
	"errors"
	"math"
	"slices"
	"time"

	"httpd-syslog/forwarder/fault"
	"httpd-syslog/forwarder/idle"
	"httpd-syslog/forwarder/relp"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/syslogfmt"
	"httpd-syslog/forwarder/trust"
)

// RelayOptions describe one relay: a central server to send lines to.
type RelayOptions struct {
	Name           string
	Servers        []Server // in order of preference; one at least
	TLS            trust.Options
	Format         syslogfmt.Format
	Framing        syslogfmt.Framing // of a stream
	Streams        []string          // to send; empty: all, events included
	MaxMessage     int               // bytes on the wire, without framing
	Rewind         time.Duration     // how far to go back after a break
	RewindBytes    int64             // and how many bytes at most
	ConnectTimeout time.Duration
	Rate           int // messages a second; 0: no limit
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
	session   session   // nil: there is none
	connected time.Time // when it was taken
	useful    bool      // it has accepted something
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

	waiting func() error // for Send
	ending  ending
}

var (
	errDraining = errors.New("draining")
	errAgain    = errors.New("the session did not end in good order")
	errHome     = errors.New("a preferred server is back, and this one does not take anything")
)

// run sends until ctx ends, or until the ending's steps bring it to an end.
func (r *relay) run(ctx context.Context, e ending) {
	r.ending = e
	defer r.leaveWatch()
	defer r.reader.Close()
	defer r.servers.settle()
	r.waiting = func() error {
		r.settle()
		if r.servers.homeReady() {
			return errHome
		}
		return ctx.Err()
	}
	for ctx.Err() == nil {
		if r.session == nil && !r.connect() {
			break
		}
		err := r.serve(ctx)
		if err == errDraining {
			return
		}
		r.broken(ctx, err)
	}
	r.commit(false)
}

// connect tries to connect until it succeeds. false: there is no more to do.
func (r *relay) connect() bool {
	for r.delay == 0 || r.pause(r.delay) {
		s := r.servers.dial(r.ending.stop, r.failed)
		if s != nil {
			r.use(s)
			return true
		}
		r.delay = r.backoff.next()
	}
	return false
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
	r.progress.report.connected(r.servers.current().String())
	r.cuts = 0
	r.window.begin()
	r.batchSize = r.servers.current().BatchSize()
	r.enc = syslogfmt.NewEncoder(r.o.Format, s.Framing(), r.o.MaxMessage)
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
		nothing := r.allSafe()
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

// allSafe reports whether there is nothing left to send, without reading.
func (r *relay) allSafe() bool {
	for _, f := range r.catalog.Files() {
		size, err := f.Size()
		if err == nil && r.window.safe[f.ID].Offset < size && !r.events.owns(f.ID) {
			return false
		}
	}
	return true
}

// serve uses one session to its end. errDraining: everything there was when
// draining began is delivered, as far as the session could tell.
func (r *relay) serve(ctx context.Context) error {
	for {
		last := isClosed(r.ending.drain)
		if err := r.sendAll(); err != nil {
			return err
		}
		if r.stopped() {
			return r.leave(ctx)
		}
		delivered := r.window.sent.empty()
		if last && delivered {
			return r.end(ctx)
		}
		if r.servers.homeReady() {
			r.goHome(ctx)
			continue
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

// sendAll sends all that can be read, unless a preferred server is back before, or it
// is to stop.
func (r *relay) sendAll() error {
	for !r.servers.homeReady() && !r.stopped() {
		r.giveUp()
		f, err := r.reader.Next()
		var damage *spool.DamageError
		switch {
		case f != nil:
			if err := r.encode(f); err != nil {
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
	err := r.session.Close(ctx)
	r.session = nil
	if err != nil {
		return err
	}
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
		r.rewind()
	}
	r.use(r.servers.goHome())
	r.events.log(syslogfmt.Notice, "relay %s: back from %s to %s", r.o.Name, from, r.servers.current())
}

// broken goes back to what is safe, after a session that did not end well.
func (r *relay) broken(ctx context.Context, err error) {
	if r.session != nil {
		abandon(r.session)
		r.session = nil
	}
	r.rewind()
	r.progress.setAtEnd(false)
	if ctx.Err() != nil {
		return
	}
	if r.useful && !refused(err) {
		r.backoff.reset()
	}
	r.delay = r.backoff.next()
	switch err {
	case errHome:
		r.delay = 0
		return
	case errAgain:
		return
	}
	r.failed(r.servers.current(), err)
	r.servers.lost()
}

// refused: the peer does not want us, so that what its kernel has acknowledged
// is no success.
func refused(err error) bool {
	var t *trust.Error
	var r *relp.RefusedError
	return errors.As(err, &t) || errors.As(err, &r)
}

// rewind goes back to what is safe. A server that breaks may have lost what it had.
func (r *relay) rewind() {
	r.window.age(time.Now())
	r.count.Repeated += uint64(r.window.goBack())
	r.batch, r.ends = r.batch[:0], r.ends[:0]
	r.open.reset()
	r.reader.Reset(r.window.safe)
}

// encode adds the frame's lines to the batch, and sends full batches.
func (r *relay) encode(f *spool.Frame) error {
	st := r.streams.of(f)
	if f.Lines > 0 && r.wants(st.Name) {
		r.enc.SetHeader(st.header(f))
		if err := r.encodeLines(f, st); err != nil {
			return err
		}
	}
	r.open.reach(f.File.ID, spool.Position{Offset: f.End})
	if r.batchFull() {
		return r.flush()
	}
	return nil
}

func (r *relay) batchFull() bool {
	return len(r.batch) >= r.batchSize || r.pace != nil && len(r.ends) >= r.pace.burst
}

func (r *relay) encodeLines(f *spool.Frame, st *stream) error {
	text, repeated := f.Payload, r.window.repeated(f)
	if repeated < f.Lines && r.open.received.IsZero() {
		r.open.received = f.Time
	}
	for i := 0; len(text) > 0; i++ {
		n := bytes.IndexByte(text, '\n')
		if n < 0 {
			n = len(text) // cannot be: payloads are whole lines
		}
		line := text[:n]
		text = text[min(n+1, len(text)):]
		if i < f.Start.Lines {
			continue
		}
		r.batch = r.enc.Append(r.batch, st.severity(f, line), f.First+uint64(i), line)
		r.ends = append(r.ends, len(r.batch))
		r.open.lines++
		if i < repeated {
			r.open.repeats++
		}
		if r.batchFull() {
			r.open.reach(f.File.ID, spool.Position{Offset: f.Start.Offset, Lines: i + 1})
			if err := r.flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *relay) wants(stream string) bool {
	return len(r.o.Streams) == 0 || slices.Contains(r.o.Streams, stream)
}

// flush sends the batch.
func (r *relay) flush() error {
	if len(r.open.places) == 0 {
		r.settle()
		return nil
	}
	if len(r.batch) > 0 {
		if err := r.keepPace(); err != nil {
			return err
		}
	}
	r.window.give(&r.open, len(r.batch)) // before it is: what is on its way counts after a break
	r.open.reset()
	if len(r.batch) > 0 {
		fault.Point("relay.send.before")
		if err := r.session.Send(r.batch, r.ends, r.waiting); err != nil {
			return err
		}
		fault.Point("relay.send.after")
	}
	r.batch, r.ends = r.batch[:0], r.ends[:0]
	r.settle()
	return nil
}

// keepPace waits until the batch may be sent.
func (r *relay) keepPace() error {
	if r.pace == nil {
		return nil
	}
	return r.pace.wait(len(r.ends), r.waiting)
}

// settle takes in what was accepted since, and commits when it is time.
func (r *relay) settle() {
	now := time.Now()
	if r.session != nil && !r.window.sent.empty() {
		r.accept(r.session.Accepted(), now)
	}
	if r.outage.isOn() && r.stands(now) {
		r.outage.over(r.servers.current(), r.behind(), now)
		r.progress.report.up(r.servers.current().String(), now)
	}
	if r.window.age(now) {
		r.dirty = true
	}
	if (r.dirty || r.progress.stale.Load()) && r.progress.commitDue(r.commitAt) {
		r.commitLater()
	}
}

// stands reports whether there is a session that works: one that is refused
// breaks soon.
func (r *relay) stands(now time.Time) bool {
	return r.session != nil && now.Sub(r.connected) >= standFor && (r.useful || r.window.sent.empty())
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
	keep := r.servers.current().Rewinds()
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

// reportCuts makes an event of the messages that were longer than MaxMessage.
func (r *relay) reportCuts() {
	if r.enc == nil || r.enc.Cut() == r.cuts {
		return
	}
	n := r.enc.Cut() - r.cuts
	r.cuts = r.enc.Cut()
	r.events.log(syslogfmt.Warning, "relay %s: %d messages longer than %d bytes were cut", r.o.Name, n, r.o.MaxMessage)
}

// commitLater notes where the relay is while lines go on.
func (r *relay) commitLater() {
	r.reportCuts()
	r.window.prune(r.catalog)
	if r.progress.commitLater(r.record(false), r.committed) {
		r.dirty, r.commitAt = false, time.Now()
	}
}

// commit notes where the relay is at the end.
func (r *relay) commit(clean bool) {
	r.committed(r.progress.commit(r.record(clean)))
}

func (r *relay) record(clean bool) cursorRecord {
	count := r.count
	c := cursorRecord{Accepted: r.window.accepted, Safe: r.window.safe, Clean: clean, Relay: &count}
	if !clean {
		c.Had, c.Peak = r.window.had, r.window.peak
	}
	return c
}

// committed takes in how a commit has gone.
func (r *relay) committed(err error) {
	r.events.trouble(syslogfmt.Err, cannotCommit(r.o.Name), err)
}

func cannotCommit(relay string) string { return "relay " + relay + ": its position cannot be recorded" }
