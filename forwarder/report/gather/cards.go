package gather

import (
	"cmp"
	"slices"
	"time"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/report"
	"httpd-syslog/forwarder/report/span"
)

// cardKey says which card numbers.
type cardKey struct{ code, network, stream string }

// cards are card numbers that events have counted.
type cards struct {
	count uint64
	tally tally
	days  map[span.Day]struct{}
}

// action is what is done about card numbers from a time on, as a configuration has it.
type action struct {
	at   time.Time
	what string // truncate, report, off
	ref  report.Ref
}

const maxActions = 100000

func (h *host) addAction(m *Maker, e *Event) {
	what := e.Told.Get("cards")
	if what == "" {
		return // of a version that does not say
	}
	if len(h.actions) >= maxActions {
		m.tooMany("configurations", maxActions)
		return
	}
	h.actions = append(h.actions, action{e.Time, m.show(what), e.ref()})
}

func (h *host) addCards(m *Maker, e *Event, kind *event.Kind) {
	n, ok := e.Told.Uint("count")
	if !ok || n >= span.MaxNumber {
		return
	}
	key := cardKey{kind.Code, m.show(e.Told.Get("network")), m.show(e.Told.Get("stream"))}
	c := h.cards[key]
	if c == nil {
		if len(h.cards) >= maxNames {
			m.tooMany("streams", maxNames)
			return
		}
		c = &cards{days: make(map[span.Day]struct{})}
		h.cards[key] = c
	}
	c.count += n
	c.tally.add(e.ref())
	if len(c.days) < span.MaxDays {
		c.days[span.DayOf(e.Time, m.o.Zone)] = struct{}{}
	}
}

// off is a time in which card numbers were not truncated, as the configuration had it.
type off struct {
	span.Run
	what string
	refs []report.Ref
}

// offs are the times of a period without truncation, and whether anything is known of it at all.
func (h *host) offs(from, to time.Time) (all []off, known bool) {
	slices.SortStableFunc(h.actions, func(a, b action) int { return cmp.Or(a.at.Compare(b.at), report.CompareRefs(a.ref, b.ref)) })
	for i, a := range h.actions {
		if !a.at.Before(to) {
			break
		}
		known = true
		end, refs := to, []report.Ref{a.ref}
		if i+1 < len(h.actions) && h.actions[i+1].at.Before(to) {
			end = h.actions[i+1].at
		}
		if i+1 < len(h.actions) {
			refs = append(refs, h.actions[i+1].ref)
		}
		if a.what == "truncate" || !end.After(from) {
			continue
		}
		r := span.Run{Begin: max(a.at.UnixMicro(), from.UnixMicro()), End: end.UnixMicro() - 1}
		if n := len(all); n > 0 && all[n-1].what == a.what && all[n-1].End+1 == r.Begin {
			all[n-1].End, all[n-1].refs = r.End, append(all[n-1].refs[:1], refs[len(refs)-1])
			continue
		}
		all = append(all, off{r, a.what, refs})
	}
	return all, known
}

// scans are the runs of scan.
type scans struct {
	found, clean report.Ref // the last of each
	say          string     // what the last one has found
	last         time.Time
}

func (s *scans) add(m *Maker, e *Event, kind *event.Kind) {
	last := &s.clean
	if kind == &event.CardsScanFound {
		last = &s.found
	}
	if e.Time.After(last.Time) {
		*last = e.ref()
	}
	if e.Time.After(s.last) {
		s.last, s.say = e.Time, m.show(e.Told.Sentence)
	}
}
