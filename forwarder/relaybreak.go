package forwarder

import (
	"context"
	"errors"
	"time"

	"httpd-syslog/forwarder/trust"
)

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
	switch {
	case refused(err):
	case r.useful && r.hasStood(now):
		r.backoff.reset()
	default:
		r.backoff.ease()
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
