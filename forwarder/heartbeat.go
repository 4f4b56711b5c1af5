package forwarder

import (
	"time"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/seal"
)

// beats are the heartbeats of a deliverer.
type beats struct {
	at      time.Time            // of the last one, or of the begin
	writers func() []event.Range // of the local log: who has not ended
}

// beat tells that the deliverer lives, and where everything is, every five minutes. Without seals nobody
// would miss that.
func (d *deliverer) beat(now time.Time) {
	if d.beats.at.IsZero() {
		d.beats.at = now
	}
	if d.o.Log.Seal == 0 || now.Sub(d.beats.at).Abs() < d.o.Timing.heartbeat() {
		return
	}
	d.beats.at = now
	h := seal.Heartbeat{Writers: d.beats.writers(), Clock: clock()}
	all := d.consumers.Load()
	if s := all.local.LocalHealth().Seals; s != nil {
		h.N, h.Chain = s.N, s.Chain
	}
	for _, m := range all.relays {
		h.Relays = append(h.Relays, seal.Relay{Name: m.settings.relay.Name, Backlog: m.Waiting(d.catalog.Files()), Delay: m.TakeSlowest()})
	}
	d.events.Tell(h.Event())
}

// clock asks the kernel for the state of its clock, and sets nothing.
func clock() seal.Clock {
	const unsynchronised = 0x40 // STA_UNSYNC of adjtimex(2)
	var t unix.Timex
	state, err := unix.Adjtimex(&t)
	switch {
	case err != nil:
		return seal.Clock{State: "unknown"}
	case state == unix.TIME_ERROR || t.Status&unsynchronised != 0:
		return seal.Clock{State: "unsynchronised"}
	}
	return seal.Clock{State: "synchronised", Error: time.Duration(t.Maxerror) * time.Microsecond}
}
