package relay

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/relay/doubt"
	"httpd-syslog/forwarder/relay/pace"
	"httpd-syslog/forwarder/relay/refusal"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/transport"
)

// trials is how a relay finds out which message a server does not take; see package doubt.
type trials struct {
	doubt    doubt.Doubt
	refusals refusal.List
	aside    refusal.Aside
	server   string // the server that the doubt is about

	inRun   int              // messages that the run has so far
	left    int              // messages that may still be sent; noLimit: any number
	long    int              // bytes of a message that is to go alone; 0: none is
	alone   bool             // a message that is to go alone is in the batch
	last    cursor.MessageID // of the message that was sent last in a run
	suspect *refusal.Message // nil: there is no suspect
	told    bool             // an event has said that there is a doubt
	// lossy: a session has broken behind trials that had passed. The server may have lost messages
	// that it took, or have been slow to hang up.
	lossy bool
}

const noLimit = math.MaxInt

var (
	errEnough  = errors.New("no more messages may be sent for now")
	errNoOther = errors.New("there is no other message")
)

// steadyFor is how long a session must stand behind the place at which others broke, to end
// the doubt. A load balancer may hold a connection for as long while it tries to reach the servers
// behind it.
const steadyFor = 30 * time.Second

// doubtOf begins the doubt anew where it was about another server.
func (r *Relay) doubtOf(server string) {
	if r.server != server {
		r.idle.after = 0
		if r.doubt.IsOn() {
			r.doubt.Search()
		}
	}
	r.server = server
	r.doubt.Connected()
	r.left, r.long = noLimit, r.doubt.Alone()
}

// doubtNext begins trials because the next message is as long as one that was refused.
func (r *Relay) doubtNext() error {
	err := r.send()
	r.doubt.Lone()
	r.reader.Reset(r.window.Front())
	return err
}

// doubtAfter counts a session that has broken, if a message may be the reason.
func (r *Relay) doubtAfter(err error, given spool.Positions, calm bool, now time.Time) {
	if r.o.isStore() || r.evidence == transport.NoEvidence || !transport.IsHangUp(err) {
		return
	}
	if r.doubt.Broke(given, now.Sub(r.connected), calm, r.longest) && !r.told {
		r.told = true
		r.events.Tell(event.RelayDoubt.With("relay", r.o.Name, "server", r.server, "breaks", r.doubt.Breaks(), "cause", transport.Reason(err)))
	}
	r.record.dirty = true
}

// doubtEnds ends the doubt if the session has got past the place at which others have broken.
func (r *Relay) doubtEnds(now time.Time) {
	if r.doubt.Place() == nil || r.doubt.IsOn() {
		return
	}
	r.catalog.Prune(r.doubt.Place())
	if r.session != nil && r.coveredAt.IsZero() && r.window.Accepted().Cover(r.doubt.Place()) {
		r.coveredAt = now
	}
	if r.window.Safe().Cover(r.doubt.Place()) || !r.coveredAt.IsZero() && now.Sub(r.coveredAt) >= steadyFor {
		r.doubt.Progress()
		r.record.dirty, r.told = true, false
	}
}

// explain adds to an error what the trials have found out.
func (r *Relay) explain(err error) error {
	switch r.doubt.Verdict() {
	case doubt.ClosesAlone:
		return fmt.Errorf("it closes connections before anything is sent, or whatever is: is it a load balancer without servers behind it? (%w)", transport.Reason(err))
	case doubt.NothingPasses:
		return fmt.Errorf("it closes the connection whichever message it gets: is the port one for TLS, or for something else? (%w)", transport.Reason(err))
	case doubt.NoOther:
		return fmt.Errorf("it closes the connection at a message (%s), and there is no other to compare it with (%w)", r.suspect, transport.Reason(err))
	}
	return err
}

// postponedError is why a message that is refused is not passed over.
type postponedError struct{ error }

// trial makes the next trial of the doubt. An error is that of the session, errDraining the
// relay's end.
func (r *Relay) trial(ctx context.Context) error {
	if err := r.mayRefuse(); err != nil {
		return err
	}
	messages, end := 0, false
	var err error
	next := r.doubt.Next()
	switch next {
	case doubt.SendNothing:
	case doubt.SendControl:
		err = r.sendControl()
	case doubt.SendRun:
		messages, end, err = r.sendRun()
	}
	if err == nil {
		err = r.awaitPassing(ctx)
	}
	if err != nil {
		return err
	}
	if !r.doubt.Died() && (next == doubt.SendControl || messages > 0) {
		r.backoff.Reset() // this session has stood
	}
	return r.found(r.doubt.Passed(messages, end, r.alone))
}

// mayRefuse returns a postponedError if a proven message may not be refused yet, since an hour may have
// only so many refusals.
func (r *Relay) mayRefuse() error {
	if !r.doubt.IsProven() {
		return nil
	}
	next, may := r.refusals.MayAdd(time.Now())
	if may {
		return nil
	}
	return postponedError{fmt.Errorf("it has refused %d messages within an hour, and does not take this one (%s): lines wait until %s",
		refusal.PerHour, r.suspect, next.Format(time.TimeOnly))}
}

// sendRun sends the messages of one run, in their order, and returns how many. end: there are no more
// to read.
func (r *Relay) sendRun() (messages int, end bool, err error) {
	r.left, r.long = r.doubt.Run()
	defer func() { r.left, r.long = noLimit, 0 }()
	r.inRun = 0
	from := r.reader
	if r.doubt.IsAboutSuspect() {
		from = spool.NewReader(r.catalog, r.window.Accepted(), func(h *frame.FileHeader) bool { return h.File == r.suspect.ID.File })
		defer from.Close()
	}
	if size, cut := r.doubt.CutTo(); cut {
		r.refusals.Try(r.suspect.ID, size)
	}
	end, err = r.readInto(from)
	r.reader.Reset(r.window.Front())
	messages = r.inRun
	if err == nil && messages == 0 && r.suspect != nil {
		r.doubt.Search() // the suspect was given up meanwhile
		r.suspect = nil
	}
	return messages, end, err
}

// readInto reads and sends messages, left of them at most. end: there are no more to read.
func (r *Relay) readInto(from *spool.Reader) (end bool, err error) {
	r.alone = false
	for r.left > 0 && !r.stopped() {
		f, err := from.Next()
		switch {
		case f != nil:
			if err = r.encode(f); err == errEnough {
				return false, r.send()
			}
			if err != nil {
				return false, err
			}
		case err != nil: // a damaged place, of which the local log tells
		default:
			return true, r.send()
		}
	}
	return false, r.send()
}

// awaitPassing waits until the server has taken the run. A server that does not answer must also not have
// hung up for a while after that.
func (r *Relay) awaitPassing(ctx context.Context) error {
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	for asked := time.Now(); r.session.Accepted() < r.window.Given(); {
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
	if r.evidence == transport.Standing {
		until := time.NewTimer(r.doubt.Patience())
		defer until.Stop()
		if err := r.stand(ctx, until.C); err != nil {
			return err
		}
	}
	r.accept(r.window.Given(), time.Now())
	return nil
}

// stand waits until a time has come. It returns an error if the session ends before.
func (r *Relay) stand(ctx context.Context, until <-chan time.Time) error {
	select {
	case <-until:
		return nil
	case <-r.session.Broken():
		return r.session.Err()
	case <-r.ending.Stop.Done():
		return r.quit()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// quit ends the relay within a trial. Messages that have not passed are not accepted: that a server
// reads them to their end does not show that it takes them.
func (r *Relay) quit() error {
	r.abandon()
	r.window.Begin()
	r.commit(false)
	return errDraining
}

// trialBroke notes how a session broke in a trial. calm: the server had taken all that the session
// was given, and ended the connection in good order.
func (r *Relay) trialBroke(err error, calm bool) {
	defer func() {
		r.servers.Keep(r.doubt.IsOn() && r.doubt.Verdict() == doubt.NoVerdict)
		if r.delay = r.backoff.Next(); r.doubt.IsOn() && r.doubt.Verdict() == doubt.NoVerdict && !r.doubt.Died() {
			r.delay = rand.N(pace.First) // each trial brings the result nearer, and there are few of them
		}
	}()
	if r.suspect != nil {
		r.suspect.Err = transport.Reason(err)
	}
	var postponed postponedError
	switch {
	case err == errNoOther:
		r.doubt.Wait(doubt.NoOther)
	case errors.As(err, &postponed):
		r.doubt.Wait(doubt.IsPostponed)
	case transport.IsHangUp(err):
		_ = r.found(r.doubt.HungUp(r.window.Lines(), calm, r.quiet(time.Now()))) // a hang-up never refuses a message at once, so that there is no error
	default:
		r.doubt.Gone() // not the way in which a server hangs up on a message
	}
	r.refusals.EndTrial()
	r.record.dirty = true
	if !r.doubt.IsOn() {
		r.rewind()
		return
	}
	r.lossy = r.lossy || !r.window.AllSafe()
	r.forget()
}

// found acts on what a trial has shown.
func (r *Relay) found(f doubt.Finding) error {
	switch f {
	case doubt.GoOn:
		return nil
	case doubt.Suspect:
		r.suspects()
	case doubt.Cut:
		r.refuse(r.doubt.Size())
	case doubt.Aside:
		if err := r.aside.Add(r.suspect, time.Now()); err != nil {
			return postponedError{fmt.Errorf("it takes no part of a message (%s), which cannot be set aside: %w", r.suspect, err)}
		}
		r.record.count.Aside++
		r.refuse(0)
	case doubt.Cleared:
		if r.lossy {
			r.rewind()
		}
	}
	r.record.dirty = true
	return nil
}

// restore goes on where the record says that the trials were.
func (t *trials) restore(c cursor.Record) {
	t.doubt.Restore(c.Doubt, c.Seen())
	t.refusals.Restore(c.Doubt)
	t.lossy = !c.Clean && c.Doubt.InTrials()
}

// remembered is the part of the trials that outlives the process; nil: nothing.
func (t *trials) remembered() *cursor.Doubt {
	rec := new(cursor.Doubt)
	doubts, refuses := t.doubt.Record(rec), t.refusals.Record(rec)
	if !doubts && !refuses {
		return nil
	}
	return rec
}

func newTrials(stateDir statedir.Dir, relay string, timing Timing) trials {
	return trials{doubt: doubt.New(timing.standFor()), aside: refusal.Aside{Path: stateDir.Aside(relay)}, left: noLimit}
}
