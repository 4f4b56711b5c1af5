package outage

import (
	"fmt"
	"time"

	"httpd-syslog/forwarder/audit"
	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/transport"
)

// Outage makes events of a relay's server going down and coming up.
type Outage struct {
	relay  string
	events *audit.Log

	since    time.Time // zero: there is none
	incident string    // what its first event has begun
	cause    string    // why it goes on, if it has begun before the process
	said     string    // the reason that the last event gave
	next     time.Time // when an event may give another reason

	catchingUp bool   // the outage is over, its backlog is not
	lines      uint64 // lines accepted for the first time since the outage began
}

// Failed notes a failure: the relay is down from the first one on. An event tells of it, and of another
// reason once in a while.
func (o *Outage) Failed(server fmt.Stringer, err error, now time.Time) {
	why := transport.Reason(err)
	text := fmt.Sprintf("%s: %v", server, why)
	switch {
	case o.since.IsZero():
		o.since, o.lines = now, 0
		o.incident = o.events.Tell(event.RelayDown.With("relay", o.relay, "server", server, "cause", why))
	case o.said == "" && why.Error() == o.cause:
		o.said = text // told before the process was started
		return
	case text != o.said && now.After(o.next):
		o.events.Tell(event.RelayStillDown.With("relay", o.relay, "after", audit.Rounded(now.Sub(o.since)), "server", server, "cause", why).Of(o.incident))
	default:
		return
	}
	o.said, o.next = text, now.Add(audit.RepeatAfter)
}

// New is the state of a relay's outage at the start of the process: one that has begun before
// goes on.
func New(relay string, events *audit.Log) Outage {
	o := Outage{relay: relay, events: events}
	if in := events.Opened(&event.RelayDown, relay); in != nil {
		o.since, o.incident, o.cause, o.next = in.Since, in.ID, in.Cause, time.Now().Add(audit.RepeatAfter)
	}
	return o
}

// Since is when the outage began; zero: there is none.
func (o *Outage) Since() time.Time { return o.since }

// IsOn reports whether there is an outage.
func (o *Outage) IsOn() bool { return !o.since.IsZero() }

// Over ends the outage. waiting is how many bytes of the spool were held back.
func (o *Outage) Over(server fmt.Stringer, waiting int64, now time.Time) {
	o.events.Tell(event.RelayUp.With("relay", o.relay, "server", server, "after", audit.Rounded(now.Sub(o.since)), "bytes", waiting).Of(o.incident))
	o.since, o.said, o.catchingUp = time.Time{}, "", true
}

// Took counts lines that a server has accepted for the first time, up to the end of the
// backlog.
func (o *Outage) Took(lines int) {
	if o.IsOn() || o.catchingUp {
		o.lines += uint64(lines)
	}
}

// CaughtUp makes an event when the backlog of an outage is delivered.
func (o *Outage) CaughtUp() {
	if o.catchingUp {
		o.events.Tell(event.RelayCaughtUp.With("relay", o.relay, "lines", o.lines).Of(o.incident))
	}
	o.catchingUp, o.lines = false, 0
}
