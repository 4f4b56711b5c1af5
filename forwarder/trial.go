package forwarder

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"time"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/relp"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/syslogfmt"
)

// trials is what a relay does while there is a doubt; see doubt.
type trials struct {
	doubt    doubt
	refusals refusals
	aside    setAside
	server   string // that the doubt is about

	inRun    int  // messages of the run so far
	left     int  // messages that may still be sent; noLimit: any number
	long     int  // bytes of a message that is to go alone; 0: none is
	alone    bool // such a one is in the batch
	longest  int  // bytes of the longest message of the session
	last     messageID
	suspect  *refusedMessage // nil: none is known
	evidence evidence        // of the session
	told     bool            // an event has said that there is a doubt
	// lossy: a session has broken behind trials that had passed. The server may have lost what it
	// took, or have been slow to hang up.
	lossy bool
}

const noLimit = math.MaxInt

var (
	errEnough  = errors.New("no more messages may be sent for now")
	errNoOther = errors.New("there is no other message")
)

// hungUp reports whether an error is the server's hanging up, as it may because of a message.
func hungUp(err error) bool {
	var refusal *relp.RefusedError
	return inGoodOrder(err) || errors.As(err, &refusal) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, unix.ECONNRESET) || errors.Is(err, unix.EPIPE)
}

// inGoodOrder reports whether an error is the end of a connection by a server that has read
// everything: one that had not would have reset it.
func inGoodOrder(err error) bool {
	return errors.Is(err, errPeerClosed) || errors.Is(err, relp.ErrClosed) || errors.Is(err, relp.ErrServerClose)
}

// steadyFor is how long a session must stand behind the place at which others broke, to end
// the doubt. A load balancer may try for as long to reach the servers behind it.
const steadyFor = 30 * time.Second

// doubtOf has the doubt be about a server.
func (r *relay) doubtOf(server string) {
	if r.server != server {
		r.idle.after = 0
		if r.doubt.isOn() {
			r.doubt.search()
		}
	}
	r.server = server
	r.doubt.connected()
	r.left, r.long = noLimit, 0
	if r.doubt.refused {
		r.long = r.doubt.long
	}
}

// doubtNext begins trials for a message that is as long as one that was refused.
func (r *relay) doubtNext() error {
	err := r.flush()
	r.doubt.lone()
	r.reader.Reset(r.window.front())
	return err
}

// doubtAfter counts a session that has broken, as far as a message may have been why.
func (r *relay) doubtAfter(err error, given spool.Positions, calm bool, now time.Time) {
	if r.evidence == noEvidence || !hungUp(err) {
		return
	}
	if r.doubt.broke(given, now.Sub(r.connected), calm, r.longest) && !r.told {
		r.told = true
		r.events.log(syslogfmt.Warning, "relay %s: %s: %d connections in a row have broken at the same place (%v): from there messages go a few at a time, to find out whether it is one of them",
			r.o.Name, r.server, r.doubt.breaks, reason(err))
	}
	r.dirty = true
}

// doubtEnds looks whether the place at which sessions have broken is behind us.
func (r *relay) doubtEnds(now time.Time) {
	if r.doubt.place == nil || r.doubt.isOn() {
		return
	}
	r.catalog.Prune(r.doubt.place)
	if r.session != nil && r.coveredAt.IsZero() && r.window.covers(r.doubt.place) {
		r.coveredAt = now
	}
	if r.window.passed(r.doubt.place) || !r.coveredAt.IsZero() && now.Sub(r.coveredAt) >= steadyFor {
		r.doubt.progress()
		r.dirty, r.told = true, false
	}
}

// explain is an error with what was found out about it.
func (r *relay) explain(err error) error {
	switch r.doubt.verdict {
	case closesAlone:
		return fmt.Errorf("it closes connections before anything is sent, or whatever is: is it a load balancer without servers behind it? (%w)", reason(err))
	case nothingPasses:
		return fmt.Errorf("it closes the connection whichever message it gets: is the port one for TLS, or for something else? (%w)", reason(err))
	case noOther:
		return fmt.Errorf("it closes the connection at a message (%s), and there is no other to compare it with (%w)", r.suspect, reason(err))
	}
	return err
}

// postponedError is why a message that is refused is not passed over.
type postponedError struct{ error }

// trial makes the next trial of the doubt. An error is that of the session, errDraining the
// relay's end.
func (r *relay) trial(ctx context.Context) error {
	if err := r.mayRefuse(); err != nil {
		return err
	}
	messages, end := 0, false
	var err error
	next := r.doubt.next()
	switch next {
	case sendNothing:
	case sendControl:
		err = r.sendControl()
	case sendRun:
		messages, end, err = r.sendRun()
	}
	if err == nil {
		err = r.awaitPassing(ctx)
	}
	if err != nil {
		return err
	}
	if r.doubt.deaths == 0 && (next == sendControl || messages > 0) {
		r.backoff.reset() // this session has stood
	}
	return r.found(r.doubt.passed(messages, end, r.alone))
}

// mayRefuse holds what may be passed over to what an hour may have.
func (r *relay) mayRefuse() error {
	if r.doubt.stage != cutting && r.doubt.stage != confirming {
		return nil
	}
	next, may := r.refusals.mayAdd(time.Now())
	if may {
		return nil
	}
	return postponedError{fmt.Errorf("it has refused %d messages within an hour, and does not take this one (%s): lines wait until %s",
		refusalsPerHour, r.suspect, next.Format(time.TimeOnly))}
}

// sendRun sends messages in their order, and says how many. end: there are no more.
func (r *relay) sendRun() (messages int, end bool, err error) {
	r.left, r.long = r.doubt.run()
	defer func() { r.left, r.long = noLimit, 0 }()
	r.inRun = 0
	from := r.reader
	if r.doubt.stage == proving || r.doubt.stage == cutting {
		from = spool.NewReader(r.catalog, r.window.accepted, func(h *spool.Header) bool { return h.File == r.suspect.id.File })
		defer from.Close()
	}
	if r.doubt.stage == cutting {
		r.refusals.try(r.suspect.id, r.doubt.size)
	}
	end, err = r.readInto(from)
	r.reader.Reset(r.window.front())
	messages = r.inRun
	if err == nil && messages == 0 && r.suspect != nil {
		r.doubt.search() // the suspect has gone, as the spool had no room for it
		r.suspect = nil
	}
	return messages, end, err
}

// readInto sends what can be read, as far as left allows.
func (r *relay) readInto(from *spool.Reader) (end bool, err error) {
	r.alone = false
	for r.left > 0 && !r.stopped() {
		f, err := from.Next()
		var damage *spool.DamageError
		switch {
		case f != nil:
			if err = r.encode(f); err == errEnough {
				return false, r.flush()
			}
			if err != nil {
				return false, err
			}
		case errors.As(err, &damage), err != nil: // the local log reports it
		default:
			return true, r.flush()
		}
	}
	return false, r.flush()
}

// awaitPassing waits until the server has taken what was sent, and where it does not say so
// itself, has not hung up for a while after that.
func (r *relay) awaitPassing(ctx context.Context) error {
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	for asked := time.Now(); r.session.Accepted() < r.window.session(); {
		if now := time.Now(); now.Sub(asked) > time.Second {
			asked = now
			if err := r.waiting(); err != nil {
				return err
			}
		}
		if err := r.stand(ctx, look.C); err != nil {
			return err
		}
	}
	if r.evidence == standing {
		until := time.NewTimer(r.doubt.patience)
		defer until.Stop()
		if err := r.stand(ctx, until.C); err != nil {
			return err
		}
	}
	r.accept(r.window.session(), time.Now())
	return nil
}

// stand waits until a time has come. It ends with an error where the session does.
func (r *relay) stand(ctx context.Context, until <-chan time.Time) error {
	select {
	case <-until:
		return nil
	case <-r.session.Broken():
		return r.session.Err()
	case <-r.ending.stop.Done():
		return r.quit()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// quit ends the relay within a trial: what has not passed is not accepted, and a server
// that reads it to its end has not said that it takes it.
func (r *relay) quit() error {
	abandon(r.session)
	r.session = nil
	r.window.begin()
	r.commit(false)
	return errDraining
}

// trialBroke takes in how a session broke in a trial. calm: the server had taken all that it
// was given, and ended the connection in good order.
func (r *relay) trialBroke(err error, calm bool) {
	defer func() {
		r.servers.keep = r.doubt.isOn() && r.doubt.verdict == noVerdict
		if r.delay = r.backoff.next(); r.doubt.isOn() && r.doubt.verdict == noVerdict && r.doubt.deaths == 0 {
			r.delay = rand.N(backoffFirst) // each one leads on, and there are few of them
		}
	}()
	if r.suspect != nil {
		r.suspect.err = reason(err)
	}
	var postponed postponedError
	switch {
	case err == errNoOther:
		r.doubt.wait(noOther)
	case errors.As(err, &postponed):
		r.doubt.wait(isPostponed)
	case hungUp(err):
		_ = r.found(r.doubt.hungUp(r.window.lines(), calm)) // it refuses nothing here
	default:
		r.doubt.gone() // nobody hangs up so
	}
	r.refusals.trying, r.dirty = nil, true
	if !r.doubt.isOn() {
		r.rewind()
		return
	}
	r.lossy = r.lossy || !r.window.held.empty()
	r.forget()
}

// found acts on what a trial has shown.
func (r *relay) found(f finding) error {
	switch f {
	case goOn:
		return nil
	case suspect:
		r.suspects()
	case cut:
		r.refuse(r.doubt.size)
	case aside:
		if err := r.aside.add(r.suspect, time.Now()); err != nil {
			return postponedError{fmt.Errorf("it takes no part of a message (%s), which cannot be set aside: %w", r.suspect, err)}
		}
		r.count.Aside++
		r.refuse(0)
	case cleared:
		if r.lossy {
			r.rewind()
		}
	}
	r.dirty = true
	return nil
}

// restore goes on where a record was written.
func (t *trials) restore(c cursorRecord) {
	c.Doubt.restore(&t.doubt, &t.refusals, c.seen())
	t.lossy = !c.Clean && c.Doubt.inTrials()
}

func newTrials(stateDir, relay string) trials {
	return trials{aside: setAside{statedir.AsidePath(stateDir, relay)}, left: noLimit}
}
