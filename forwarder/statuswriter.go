package forwarder

import (
	"errors"
	"io/fs"
	"os"
	"time"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/status"
)

// writeStatus writes how the delivery is doing. An error of the disk is not told here: spool, local
// log and cursors tell of it.
func (d *deliverer) writeStatus(now time.Time) {
	err := d.status.Write(d.ownStatus(now))
	if errors.Is(err, fs.ErrNotExist) { // the state directory has gone
		err = nil
	}
	d.events.Trouble(&event.StatusUnwritten, "", err)
}

// ownStatus is the part of the status that only the deliverer knows: all but backlogs and the lines
// of streams, which readers of the status count themselves.
func (d *deliverer) ownStatus(now time.Time) status.Status {
	s := status.Status{
		StateDir: d.o.StateDir,
		Delivery: d.o.Info,
		Spool:    status.Spool{Max: d.o.MaxSpool},
	}
	s.Delivery.Running, s.Delivery.Service, s.Delivery.PID = true, d.service, os.Getpid()
	if d.o.Listeners != nil {
		s.Listeners = d.o.Listeners()
	}
	if d.o.Rejected != nil {
		s.Delivery.Rejected = d.o.Rejected()
	}
	for _, t := range d.events.Troubles() {
		s.Troubles = append(s.Troubles, status.Trouble(t))
	}
	for _, in := range d.events.Open() {
		s.Incidents = append(s.Incidents, status.Incident(in))
	}
	for _, st := range d.o.Streams {
		s.Streams = append(s.Streams, status.Stream{Name: st.Name})
	}
	all := d.consumers.Load()
	s.Local = all.local.LocalHealth()
	s.Local.Dir = d.o.Log.Dir
	s.Local.Rotated = status.Rotated(d.keeper.Status())
	s.Local.Rate = d.status.Rate(all.local.Name(), all.local.Lines(), now)
	if m := all.collector; m != nil {
		c := m.CollectHealth()
		c.Dir = m.settings.collect.Dir
		s.Collect = &c
	}
	for _, m := range all.relays {
		s.Relays = append(s.Relays, d.relayStatus(m, now))
	}
	return s
}

// relayStatus is the part of a relay's status that only the deliverer knows.
func (d *deliverer) relayStatus(m *member, now time.Time) status.Relay {
	o, s := &m.settings.relay, m.RelayHealth()
	s.Name, s.Streams, s.Whole, s.Delay = o.Name, o.Streams, o.Whole, o.Delay
	if s.Aside > 0 {
		s.AsideFile = d.o.StateDir.Aside(o.Name) // until somebody has removed it
	}
	for _, server := range o.Servers {
		s.Servers = append(s.Servers, server.String())
	}
	s.Rate = d.status.Rate(m.Name(), s.Lines-s.Repeated, now)
	return s
}
