package relay

import (
	"time"

	"httpd-syslog/forwarder/consumer"
	"httpd-syslog/forwarder/idle"
	"httpd-syslog/forwarder/relay/pace"
	"httpd-syslog/forwarder/syslogfmt"
	"httpd-syslog/forwarder/transport"
)

// attempts are the state of attempts to connect, and to end in good order.
type attempts struct {
	closed  closing // how the session before has ended
	backoff pace.Backoff
	delay   time.Duration // before the next attempt to connect
	endings int           // attempts to end in good order
	refused int           // entries in a row that a store has refused, as it has another last one
}

// closing says what is to be done after a server has ended a session in good order.
type closing int

const (
	notClosed  closing = iota // nothing: no session has ended so, or another one has begun
	closedIdle                // to connect when there is a line
	closedBusy                // to connect and send again: a server that ended within its work may have lost lines
	closedGone                // likewise, though the server could not be connected to since
)

// connect tries to connect until it succeeds. It returns false if the relay is to end before that.
func (r *Relay) connect() bool {
	for r.delay == 0 || r.pause(r.delay) {
		s := r.servers.Dial(r.ending.Stop, r.unreachable)
		if s != nil {
			if r.closed >= closedBusy && r.idle.checking == 0 {
				r.rewind()
			}
			if r.use(s) {
				return true
			}
		}
		r.delay = r.backoff.Next()
	}
	return false
}

// use begins with a new session. It returns false if that is one to a store which has something that is not ours.
func (r *Relay) use(s transport.Session) bool {
	r.link, r.closed = newLink(s, time.Now()), notClosed
	r.doubtOf(r.servers.Current().String())
	r.window.Begin()
	enc := syslogfmt.NewEncoder(r.o.Format, s.Framing(), r.o.MaxMessage)
	enc.SetData(r.o.data())
	r.batch.begin(enc, r.servers.Current().BatchSize())
	r.renewal.Begin()
	if s, is := s.(transport.Store); is {
		if err := r.resume(s); err != nil {
			r.abandon()
			r.failed(r.servers.Current(), err)
			return false
		}
	}
	r.progress.Connected(r.servers.Current().String())
	return true
}

// pause waits before another attempt; it reports whether to make one.
func (r *Relay) pause(d time.Duration) bool {
	draining := r.ending.Drain
	until, again := time.NewTimer(d), time.NewTicker(idle.Tick)
	defer until.Stop()
	defer again.Stop()
	for {
		r.giveUp()
		r.settle() // accepted lines become safe with time, during an outage too
		nothing := r.allDone()
		r.progress.SetAtEnd(nothing)
		if consumer.IsClosed(draining) {
			if nothing {
				return false
			}
			draining = nil
		}
		select {
		case <-until.C:
			return true
		case <-again.C: // not at each wake-up by new lines
		case <-draining:
		case <-r.ending.Stop.Done():
			return false
		}
	}
}

// allDone reports whether there is nothing left to send, without reading. Lines that a server took
// before it ended in good order and went away count as done: nobody would ever confirm them.
func (r *Relay) allDone() bool {
	done := r.window.Safe()
	if r.closed == closedGone {
		done = r.window.Accepted()
	}
	for _, f := range r.catalog.Files() {
		size, err := f.Size()
		if err == nil && done[f.ID].Offset < size && !r.events.Owns(f.ID) && r.batch.whole.Takes(f) {
			return false
		}
	}
	return true
}
