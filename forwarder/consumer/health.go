package consumer

import (
	"sync"
	"time"

	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/status"
)

// Health is how a consumer is doing, for the status. The consumer tells it, the deliverer reads it;
// its methods may be called from several goroutines.
type Health struct {
	mu    sync.Mutex
	relay status.Relay // of a relay, but for Servers, Rate and Backlog
	local status.Local // of the local log: Error, Since, Held, Found and Latency

	slowest time.Duration // of a relay: the greatest delay since TakeSlowest

	collect *status.Collect // of a collector, but for Error, Since and Backlog

	news func() // called when a state has changed; may be nil
}

func (r *Health) changed() {
	if r.news != nil {
		r.news()
	}
}

// Starts tells that a relay connects for the first time, and what it had done before.
func (r *Health) Starts(c cursor.RelayCount, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.relay.State, r.relay.Since = status.RelayStarts, now
	r.relay.SetCount(c)
}

// Connected tells that a relay has a session; that the session works is told by Up.
func (r *Health) Connected(server string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.relay.Server = server
	if r.relay.State == status.RelayStarts {
		r.relay.State, r.relay.Since = status.RelayUp, time.Now()
		r.changed()
	}
}

// Up tells that a relay has a session that stands, after an outage.
func (r *Health) Up(server string, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.relay.Server = server
	r.relay.State, r.relay.Since = status.RelayUp, now
	r.changed()
}

// Down tells why a relay has no session that stands, and when that outage began.
func (r *Health) Down(server, why string, now, since time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.relay.Server, r.relay.Error, r.relay.ErrorAt = server, why, now
	r.relay.State, r.relay.Since = status.RelayDown, since
	r.changed()
}

// Sent tells what a relay has done by now. received is when the first line of the span that was
// accepted last had come in.
func (r *Health) Sent(c cursor.RelayCount, received, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.relay.SetCount(c)
	r.relay.Latency.Observe(received, now)
	if !received.IsZero() {
		r.slowest = max(r.slowest, now.Sub(received))
	}
}

// TakeSlowest is the greatest time from the receipt of a line to its being accepted since the last call.
func (r *Health) TakeSlowest() time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	d := r.slowest
	r.slowest = 0
	return d
}

// Sealed tells how far the seals of the local log are; nil: none are made.
func (r *Health) Sealed(s *status.Seals) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.local.Seals = s
}

// Wrote tells that the local log has lines that had come in at received.
func (r *Health) Wrote(received, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.local.Latency.Observe(received, now)
}

// Failing tells why lines are not in the local log; empty: they are.
func (r *Health) Failing(why string, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case why == "":
		r.local.Since = time.Time{}
	case r.local.Error == "":
		r.local.Since = now
	}
	r.local.Error = why
	r.changed()
}

// Collected tells what a collector has done. It is not changed any more.
func (r *Health) Collected(c *status.Collect) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.collect = c
}

// CollectHealth is what is known of a collector, but for its backlog.
func (r *Health) CollectHealth() status.Collect {
	r.mu.Lock()
	defer r.mu.Unlock()
	var c status.Collect
	if r.collect != nil {
		c = *r.collect
	}
	c.Error, c.Since = r.local.Error, r.local.Since
	return c
}

// Files tells which files of the local log are not written, and what was found in them.
func (r *Health) Files(held []status.HeldFile, found []cursor.Found) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.local.Held, r.local.Found = held, found
}

// RelayHealth is what is known of a relay, but for Servers, Rate and Backlog.
func (r *Health) RelayHealth() status.Relay {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.relay
}

// LocalHealth is what is known of the local log: Error, Since, Held, Found and Latency.
func (r *Health) LocalHealth() status.Local {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.local
}
