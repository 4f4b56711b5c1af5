package forwarder

import (
	"fmt"
	"net"
	"os"
	"time"

	"httpd-syslog/forwarder/syslogfmt"
)

// outage makes events of a relay's server going down and coming up.
type outage struct {
	relay  string
	events *eventLog

	since time.Time // of the outage; zero: there is none
	said  string    // what was last reported of it
	next  time.Time // when something else may be

	catchingUp bool   // the outage is over, its backlog is not
	lines      uint64 // accepted for the first time since it began
}

// repeatAfter is how long an outage that changes its reason is not reported again.
const repeatAfter = time.Minute

// failed takes in a failure: the relay is down from the first one on.
func (o *outage) failed(server fmt.Stringer, err error, now time.Time) {
	text := fmt.Sprintf("%s: %v", server, reason(err))
	switch {
	case o.since.IsZero():
		o.since, o.lines = now, 0
		o.events.log(syslogfmt.Warning, "relay %s: down: %s; lines wait in the spool", o.relay, text)
	case text != o.said && now.After(o.next):
		o.events.log(syslogfmt.Warning, "relay %s: still down after %s: %s", o.relay, rounded(now.Sub(o.since)), text)
	default:
		return
	}
	o.said, o.next = text, now.Add(repeatAfter)
}

func (o *outage) isOn() bool { return !o.since.IsZero() }

// over ends the outage. waiting is how many bytes of the spool were held back.
func (o *outage) over(server fmt.Stringer, waiting int64, now time.Time) {
	o.events.log(syslogfmt.Notice, "relay %s: up: %s, after %s; %d bytes of the spool waited", o.relay, server, rounded(now.Sub(o.since)), waiting)
	o.since, o.said, o.catchingUp = time.Time{}, "", true
}

// took counts lines that a server has accepted for the first time, up to the end of the
// backlog.
func (o *outage) took(lines int) {
	if o.isOn() || o.catchingUp {
		o.lines += uint64(lines)
	}
}

// caughtUp says that nothing of the backlog is left.
func (o *outage) caughtUp() {
	if o.catchingUp {
		o.events.log(syslogfmt.Notice, "relay %s: caught up, with %d lines", o.relay, o.lines)
	}
	o.catchingUp, o.lines = false, 0
}

func rounded(d time.Duration) time.Duration {
	if d < time.Minute {
		return d.Round(time.Millisecond)
	}
	return d.Round(time.Second)
}

// reason is an error without what package net puts before it: the server's
// address is there already, and our port is another one each time.
func reason(err error) error {
	if a, ok := err.(*addressError); ok {
		err = a.err
	}
	if op, ok := err.(*net.OpError); ok && op.Err != nil {
		err = op.Err
	}
	if call, ok := err.(*os.SyscallError); ok {
		err = call.Err
	}
	return err
}
