package relay

import (
	"time"

	"httpd-syslog/forwarder/transport"
)

// link is the present session and what is known of it; without a session, what was known of the last one.
type link struct {
	session   transport.Session // nil: there is none
	evidence  transport.Evidence
	connected time.Time // when the session began
	sentAt    time.Time // when something was sent last; zero: nothing was
	opened    time.Time // when something was sent to a store that is not appended; zero: there is nothing
	coveredAt time.Time // when the place at which earlier sessions broke was accepted; zero: it was not
	useful    bool      // something was accepted
	longest   int       // bytes of the longest message that was given to it
}

// newLink is the link of a new session.
func newLink(s transport.Session, now time.Time) link {
	return link{session: s, evidence: s.Evidence(), connected: now}
}

// quiet is how long nothing has been sent over the session.
func (l *link) quiet(now time.Time) time.Duration {
	if l.sentAt.IsZero() {
		return now.Sub(l.connected)
	}
	return now.Sub(l.sentAt)
}

// abandon ends the session without waiting for the server.
func (l *link) abandon() {
	transport.Abandon(l.session)
	l.session = nil
}
