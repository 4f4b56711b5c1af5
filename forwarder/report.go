package forwarder

import (
	"sync"
	"time"
)

// report is what a consumer lets people know of itself, besides its position.
type report struct {
	mu    sync.Mutex
	relay RelayStatus // of a relay, but for Servers, Rate and Backlog
	local LocalStatus // of the local log: Error, Since and Latency
}

// connected tells that a relay has a session. Whether it works is for up to say.
func (r *report) connected(server string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.relay.Server = server
}

// up tells that a relay has a session that stands, after an outage.
func (r *report) up(server string, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.relay.Server = server
	r.relay.State, r.relay.Since = RelayUp, now
}

// down tells why a relay has no session that stands, and when that outage began.
func (r *report) down(server string, err error, now, since time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.relay.Server, r.relay.Error, r.relay.ErrorAt = server, reason(err).Error(), now
	r.relay.State, r.relay.Since = RelayDown, since
}

// sent tells what a relay has done by now; received is when the first line of what was
// accepted last had come in.
func (r *report) sent(c relayCount, received, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.relay.setCount(c)
	r.relay.Latency.observe(received, now)
}

// wrote tells that the local log has what had come in at received.
func (r *report) wrote(received, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.local.Latency.observe(received, now)
}

// failing tells why the local log is not written; nil: it is.
func (r *report) failing(err error, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.local.Error, r.local.Since = "", time.Time{}
	if err != nil {
		r.local.Error, r.local.Since = err.Error(), now
	}
}

func (r *report) read() (RelayStatus, LocalStatus) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.relay, r.local
}
