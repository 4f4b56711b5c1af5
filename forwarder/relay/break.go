package relay

import (
	"context"
	"errors"
	"time"

	"httpd-syslog/forwarder/relay/doubt"
	"httpd-syslog/forwarder/transport"
)

// unreachable notes that a server cannot be connected to.
func (r *Relay) unreachable(server transport.Transport, err error) {
	if r.closed == closedBusy {
		r.closed = closedGone
	}
	r.idle.checking = 0
	if server.String() == r.server {
		on := r.doubt.IsOn()
		r.doubt.Gone()
		r.lossy = r.lossy || on // the server has ended, and may have lost messages that it took
		if on && !r.doubt.IsOn() {
			r.rewind()
		}
	}
	r.failed(server, err)
}

// failed notes why there is no session to a server: an outage begins, or goes on.
func (r *Relay) failed(server transport.Transport, err error) {
	now := time.Now()
	r.record.count.Failures++
	r.outage.Failed(server, err, now)
	r.progress.Down(server.String(), transport.Reason(err).Error(), now, r.outage.Since())
	r.progress.Sent(r.record.count, time.Time{}, now)
}

// broken deals with the end of a session that was not to end: sending goes back to what is safe.
func (r *Relay) broken(ctx context.Context, err error) {
	now := time.Now()
	calm := r.lose(err, now)
	r.progress.SetAtEnd(false)
	switch {
	case ctx.Err() != nil:
		r.rewind()
	case err == errHome, errors.Is(err, transport.ErrElsewhere):
		r.rewind()
		r.delay = 0
	case err == errAgain, r.cameLate(err):
		r.rewind()
		r.delay = r.backoff.Next()
	case r.doubt.IsOn():
		r.trialBroke(err, calm)
		r.failed(r.servers.Current(), r.explain(err))
		if r.doubt.Verdict() != doubt.NoVerdict {
			r.servers.Lost()
		}
	case calm && r.isClosedIdle(now):
	case err == errNotIdle:
		r.outageBegins(transport.ErrPeerClosed, true, now)
	default:
		r.outageBegins(err, calm, now)
	}
}

// cameLate reports whether an entry was refused because one of ours came late behind which it has to be. That is no outage, but
// where it happens again and again.
func (r *Relay) cameLate(err error) bool {
	if r.refused++; r.useful || !errors.Is(err, transport.ErrOvertaken) {
		r.refused = 0
	}
	return errors.Is(err, transport.ErrOvertaken) && r.refused < mostLate
}

// mostLate is how many entries in a row are refused before that is an outage: one may be on its way over each of several servers.
const mostLate = 3

// lose ends the session after an error. calm: the server had taken all that the session was given,
// and ended the connection in good order.
func (r *Relay) lose(err error, now time.Time) (calm bool) {
	if r.session == nil {
		return false
	}
	accepted := r.session.Accepted()
	calm = transport.InGoodOrder(err) && accepted >= r.window.Given()
	if r.evidence == transport.Answering || !r.doubt.IsOn() && calm {
		r.accept(accepted, now)
	}
	switch {
	case transport.IsUnwanted(err):
	case r.useful && r.hasStood(now):
		r.backoff.Reset()
	default:
		r.backoff.Ease()
	}
	r.abandon()
	return calm
}

// hasStood reports whether the session shows that the server works. That its kernel takes bytes does
// not show it. Where sessions have broken before, the server must have taken the place at which they
// broke, and this session must stand behind that place, for longer after each break.
func (r *Relay) hasStood(now time.Time) bool {
	switch {
	case r.session.Evidence() == transport.Answering:
		return true
	case r.doubt.Place() == nil:
		return now.Sub(r.connected) >= r.o.Timing.standFor()
	}
	return !r.coveredAt.IsZero() && now.Sub(r.coveredAt) >= r.doubt.StandBehind()
}

// outageBegins deals with a session that has broken. After one that has taken everything and ended
// in good order, lines that are not safe are sent again only if the server is there: see closedBusy.
func (r *Relay) outageBegins(err error, calm bool, now time.Time) {
	r.idle.checking = 0
	given := r.window.Front()
	if calm {
		r.closed = closedBusy
		r.forget()
	} else {
		r.rewind()
	}
	r.delay = r.backoff.Next()
	r.doubtAfter(err, given, calm, now)
	r.failed(r.servers.Current(), r.explain(err))
	if !r.doubt.IsOn() {
		r.servers.Lost()
	}
}

// forget drops lines that were read and are not accepted.
func (r *Relay) forget() {
	r.window.Forget()
	r.batch.forget()
	r.reader.Reset(r.window.Accepted())
}

// rewind goes back to what is safe: a server that breaks may have lost what it had accepted.
func (r *Relay) rewind() {
	if r.o.isStore() {
		r.forget() // the store says at the next connection what it has
		return
	}
	if !r.lossy {
		r.window.Age(time.Now())
	}
	r.lossy = false
	r.record.count.Repeated += uint64(r.window.Rewind())
	r.forget()
}
