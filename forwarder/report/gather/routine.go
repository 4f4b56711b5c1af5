package gather

import (
	"slices"
	"time"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/report"
	"httpd-syslog/forwarder/report/span"
	"httpd-syslog/forwarder/seal"
)

// Routine is what seals and heartbeats of one host in one file say. They come all the time, and are read
// beside each other: a Routine is for one goroutine, and AddRoutine joins it to the others.
type Routine struct {
	Host   string
	told   span.Times
	clock  clock
	relays map[string]*relay
	beats  bool
	// central are seals of a collector's files. One that is told again counts again.
	central tally

	from, to time.Time
}

// Routine is an empty one. It may be called by several goroutines.
func (m *Maker) Routine(host string) *Routine {
	return &Routine{Host: host, from: m.o.From, to: m.o.To}
}

// clock is what the kernel knew of the clock of a host.
type clock struct {
	synchronised, not span.Times
	error             time.Duration // the greatest
	ref               report.Ref    // of error
	notRefs           tally
	good              tally // first and last of the others
}

// Seal takes in a seal of that time.
func (r *Routine) Seal(at time.Time) { r.told.Add(at) }

// Central takes in a seal of a collector's files.
func (r *Routine) Central(at time.Time, place Place) {
	r.told.Add(at)
	if r.isWithin(at) {
		r.central.add(report.Ref{File: place.File, Line: place.Line, Time: at, Host: r.Host, Code: event.SealCentral.Code})
	}
}

// isWithin reports whether a time is one of the period.
func (r *Routine) isWithin(at time.Time) bool {
	return (r.from.IsZero() || !at.Before(r.from)) && at.Before(r.to)
}

// Heartbeat takes in a heartbeat.
func (r *Routine) Heartbeat(at time.Time, place Place, told *event.Told) {
	r.told.Add(at)
	r.beats = true
	if !r.isWithin(at) {
		return
	}
	if i := slices.IndexFunc(told.Pairs, func(p event.Pair) bool { return p.Name == "writer" }); i >= 0 {
		told.Pairs = told.Pairs[:i] // whose numbers say nothing here, and take most of the time
	}
	h, err := seal.ParseHeartbeat(told)
	if err != nil {
		return
	}
	ref := report.Ref{File: place.File, Line: place.Line, Time: at, Host: r.Host, Code: told.Code}
	r.clock.add(&h.Clock, ref)
	for _, relay := range h.Relays {
		r.addRelay(relay, ref)
	}
}

func (r *Routine) addRelay(of seal.Relay, ref report.Ref) {
	if r.relays == nil {
		r.relays = make(map[string]*relay)
	}
	have := r.relays[of.Name]
	if have == nil {
		if len(r.relays) >= maxNames {
			return
		}
		have = &relay{}
		r.relays[of.Name] = have
	}
	if of.Delay > have.delay {
		have.delay, have.ref = of.Delay, ref
	}
}

func (c *clock) add(state *seal.Clock, ref report.Ref) {
	switch state.State {
	case "synchronised":
		c.synchronised.Add(ref.Time)
		c.good.add(ref)
		if state.Error > c.error {
			c.error, c.ref = state.Error, ref
		}
	case "unsynchronised":
		c.not.Add(ref.Time)
		c.notRefs.add(ref)
	}
}

// AddRoutine takes in what a Routine has.
func (m *Maker) AddRoutine(r *Routine) {
	if !m.wants(r.Host) {
		return
	}
	h := m.host(r.Host)
	if h == nil {
		return
	}
	h.asked, h.beats = true, h.beats || r.beats
	h.told.Join(&r.told)
	for _, one := range r.told.Runs() {
		m.saw(time.UnixMicro(one.Begin))
		m.saw(time.UnixMicro(one.End))
	}
	for _, one := range r.told.Within(m.from(), m.o.To) {
		h.sees(time.UnixMicro(one.Begin))
		h.sees(time.UnixMicro(one.End))
	}
	h.clock.join(&r.clock)
	if r.central.n > 0 {
		if h.counts[event.SealCentral.Code] == nil {
			h.counts[event.SealCentral.Code] = &tally{}
		}
		h.counts[event.SealCentral.Code].join(&r.central)
	}
	for name, of := range r.relays {
		if have := h.relay(m, name); have != nil && of.delay > have.delay {
			have.delay, have.ref = of.delay, of.ref
		}
	}
}

func (c *clock) join(o *clock) {
	c.synchronised.Join(&o.synchronised)
	c.not.Join(&o.not)
	c.notRefs.join(&o.notRefs)
	c.good.join(&o.good)
	if o.error > c.error {
		c.error, c.ref = o.error, o.ref
	}
}

// from is the begin of the period.
func (m *Maker) from() time.Time {
	if m.o.From.IsZero() {
		return time.UnixMicro(0)
	}
	return m.o.From
}
