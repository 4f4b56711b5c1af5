package forwarder

import (
	"sync"
	"time"
)

// report is what a consumer lets people know of itself, besides its position.
type report struct {
	mu    sync.Mutex
	relay RelayStatus // of a relay, but for Servers, Rate and Backlog
	local LocalStatus // of the local log: Error, Since, Held, Found and Latency

	news func() // is called when a state has changed; nil: nobody wants to know
}

func (r *report) changed() {
	if r.news != nil {
		r.news()
	}
}

// connected tells that a relay has a session. Whether it works is for up to say.
func (r *report) connected(server string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.relay.Server = server
	if r.relay.State == RelayStarts {
		r.relay.State, r.relay.Since = RelayUp, time.Now()
		r.changed()
	}
}

// up tells that a relay has a session that stands, after an outage.
func (r *report) up(server string, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.relay.Server = server
	r.relay.State, r.relay.Since = RelayUp, now
	r.changed()
}

// down tells why a relay has no session that stands, and when that outage began.
func (r *report) down(server string, err error, now, since time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.relay.Server, r.relay.Error, r.relay.ErrorAt = server, reason(err).Error(), now
	r.relay.State, r.relay.Since = RelayDown, since
	r.changed()
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

// failing tells why lines are not in the local log; empty: they are.
func (r *report) failing(why string, now time.Time) {
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

// files tells which files of the local log are not written, and what was found in them.
func (r *report) files(held []HeldFile, found []FoundFile) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.local.Held, r.local.Found = held, found
}

func (r *report) read() (RelayStatus, LocalStatus) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.relay, r.local
}
