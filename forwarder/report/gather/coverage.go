package gather

import (
	"time"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/report"
	"httpd-syslog/forwarder/report/span"
)

// gap is a time of which a host tells nothing.
type gap struct {
	span.Run
	say  string // empty: that need not mean anything
	open bool
	refs []report.Ref
}

// gaps are the times of the period of which the host tells nothing, with what is known of them. Where there
// is a service with seals it has a heartbeat every five minutes; else a host may have had nothing to tell.
func (m *Maker) gaps(r *report.Report, h *host) (all []gap) {
	end := m.until(r)
	if h.first.IsZero() && !h.isMissed(r) {
		return nil
	}
	for _, one := range h.told.Gaps(r.From, end) {
		g := gap{Run: one}
		first, last := one.Begin == r.From.UnixMicro(), one.End == end.UnixMicro()
		begun, stopped := near(h.anew, one.End), near(h.stopped, one.Begin)
		switch {
		case first && begun != nil:
			g.say, g.refs = "its log begins: there was none", begun
		case stopped != nil:
			g.say, g.refs = "the service had ended, and nothing is told", stopped
		case len(h.started) > 0 && h.beats:
			g.say, g.open, g.refs = "nothing is known", true, near(h.started, one.End)
		case (first || last) && one.End-one.Begin >= dayLength:
			g.say, g.open = "nothing is known", true
		case one.End-one.Begin >= dayLength:
			g.say = "nothing is told, and there are no heartbeats that would be missed"
		}
		all = append(all, g)
	}
	return all
}

// until is the end of the period, as far as it is over.
func (m *Maker) until(r *report.Report) time.Time {
	if !m.o.Now.IsZero() && r.To.After(m.o.Now) {
		return m.o.Now
	}
	return r.To
}

// isMissed reports whether a host of which there is nothing in the period should have told something: it was
// there before, and had not ended in good order.
func (h *host) isMissed(r *report.Report) bool {
	last := int64(0)
	for _, one := range h.told.Runs() {
		if one.End < r.From.UnixMicro() {
			last = one.End
		}
	}
	return last > 0 && near(h.stopped, last) == nil
}

var dayLength = (24 * time.Hour).Microseconds()

// near is one of some events that is no silence away from a moment; nil: none is.
func near(all []report.Ref, at int64) []report.Ref {
	for _, ref := range all {
		if d := ref.Time.UnixMicro() - at; d <= span.Silence.Microseconds() && -d <= span.Silence.Microseconds() {
			return []report.Ref{ref}
		}
	}
	return nil
}

// covered is on how many days of the period a host has told something, and how many there are.
func (m *Maker) covered(r *report.Report, h *host) (told, all int) {
	end := m.until(r)
	if !end.After(r.From) {
		return 0, 0
	}
	end = end.Add(-time.Microsecond)
	return len(span.Days(h.told.Within(r.From, end), r.Zone)), len(span.Days([]span.Run{{Begin: r.From.UnixMicro(), End: end.UnixMicro()}}, r.Zone))
}

// clocks tells of a clock that was not synchronised.
func (h *host) clocks(m *Maker, r *report.Report) (list []report.Statement) {
	if h.clock.notRefs.n == 0 {
		return nil
	}
	runs := h.clock.not.Within(m.from(), m.o.To)
	refs, more := h.clock.notRefs.named()
	s := report.Statement{Code: "clock", Host: h.name, Refs: refs, More: more, Open: h.clock.good.last.Time.Before(h.clock.notRefs.last.Time)}
	for i, one := range runs {
		if i == 5 {
			s.Say += " and later"
			break
		}
		if i > 0 {
			s.Say += ", "
		}
		s.Say += r.At(time.UnixMicro(one.Begin)) + " to " + r.At(time.UnixMicro(one.End))
	}
	s.Say = "the clock was not synchronised: " + s.Say
	if s.Open {
		s.Say += ", and so to the last heartbeat"
	}
	return []report.Statement{s}
}

// sum is what all hosts have told of kinds.
func (m *Maker) sum(kinds ...*event.Kind) (t tally) {
	for _, h := range m.sorted() {
		for _, k := range kinds {
			t.join(h.counts[k.Code])
		}
	}
	return t
}
