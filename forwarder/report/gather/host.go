package gather

import (
	"time"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/report"
	"httpd-syslog/forwarder/report/span"
)

// host is what one host has told.
type host struct {
	name   string
	asked  bool // the report is about it
	told   span.Times
	first  time.Time // in the period
	last   time.Time
	events uint64
	counts map[string]*tally // by code, of the period
	said   map[string]string // what the first one of a code has said

	beats    bool         // there were heartbeats
	started  []report.Ref // begins of the service
	stopped  []report.Ref // its ends
	anew     []report.Ref // first seals of a state directory
	actions  []action
	cards    map[cardKey]*cards
	lines    lines
	relays   map[string]*relay
	checks   checks
	scans    scans
	clock    clock
	retained retained
}

// lines are those that somebody does not have.
type lines struct {
	lost    span.Numbers // for everybody
	dropped span.Numbers // of these, those that were dropped when they were taken in
	drops   uint64       // that were dropped, as those who have dropped them have told
	leftOut span.Numbers
	cut     span.Numbers
}

// relay is how one relay of a host did.
type relay struct {
	lost  span.Numbers // to its servers
	delay time.Duration
	ref   report.Ref // of delay
}

func newHost(name string, room *int) *host {
	h := &host{name: name, counts: make(map[string]*tally), said: make(map[string]string), cards: make(map[cardKey]*cards), relays: make(map[string]*relay)}
	for _, n := range []*span.Numbers{&h.lines.lost, &h.lines.dropped, &h.lines.leftOut, &h.lines.cut} {
		*n = span.NewNumbers(room)
	}
	return h
}

// add takes in an event that the host has told.
func (h *host) add(m *Maker, e *Event, kind *event.Kind) {
	switch kind {
	case &event.ServiceBegin, &event.DelivererBegin, &event.ConfigLoaded:
		if kind == &event.ServiceBegin {
			h.started = append(h.started, e.ref())
		}
		h.addAction(m, e)
	case &event.ServiceEnd:
		h.stopped = append(h.stopped, e.ref())
	case &event.SealChain:
		h.anew = append(h.anew, e.ref())
	case &event.ConfigRelayRemoved:
		m.removals = append(m.removals, removal{e.ref(), m.show(e.Told.Get("relay"))})
	case &event.VerifyOK, &event.VerifyFound, &event.VerifyUnchecked:
		h.checks.add(m, e, kind)
	case &event.CardsScanned, &event.CardsScanFound:
		h.scans.add(m, e, kind)
	}
	if !m.in(e.Time) {
		return
	}
	h.sees(e.Time)
	h.events++
	t := h.counts[kind.Code]
	if t == nil {
		t = &tally{}
		h.counts[kind.Code], h.said[kind.Code] = t, m.show(e.Told.Sentence)
	}
	t.add(e.ref())
	if kind.Single {
		t.singles.Add(e.Told.Incident)
	}
	h.addLost(m, e, kind)
	h.addDropped(e, kind)
	switch kind {
	case &event.CardsFound, &event.CardsTruncated, &event.CardsExcepted:
		h.addCards(m, e, kind)
	case &event.RotatedRemoved:
		h.retained.add(e)
	}
}

func (h *host) sees(t time.Time) {
	if h.first.IsZero() || t.Before(h.first) {
		h.first = t
	}
	if t.After(h.last) {
		h.last = t
	}
}

// addLost takes in numbers of lines that somebody does not have.
func (h *host) addLost(m *Maker, e *Event, kind *event.Kind) {
	ranges, all := e.Told.Ranges(), true
	switch kind.Accounts {
	case event.Lost:
		all = h.lines.lost.Add(ranges)
		if kind == &event.LinesMissing && e.Told.Get("why") == "dropped" {
			all = h.lines.dropped.Add(ranges) && all
		}
	case event.LostToRelay:
		if r := h.relay(m, e.Told.Get("relay")); r != nil {
			all = r.lost.Add(ranges)
		}
	case event.LeftOut:
		all = h.lines.leftOut.Add(ranges)
	case event.Cut, event.CutByRelay:
		all = h.lines.cut.Add(ranges)
	}
	if !all {
		m.tooMany("numbers of lines", span.MaxRanges)
	}
}

// addDropped counts lines of which an event says how many they are, and not which.
func (h *host) addDropped(e *Event, kind *event.Kind) {
	if kind != &event.LinesDropped && kind != &event.MessagesDropped {
		return
	}
	for _, key := range []string{"lines", "messages"} {
		if n, ok := e.Told.Uint(key); ok && n < span.MaxNumber {
			h.lines.drops += n
		}
	}
}

// relay is the entry of a relay; nil: there are too many.
func (h *host) relay(m *Maker, name string) *relay {
	name = m.show(name)
	r := h.relays[name]
	if r == nil {
		if len(h.relays) >= maxNames {
			m.tooMany("relays", maxNames)
			return nil
		}
		r = &relay{}
		r.lost = span.NewNumbers(&m.room)
		h.relays[name] = r
	}
	return r
}

// lostForAll is how many lines nobody has: what somebody has told to have dropped is named again, number by
// number, when the spool is read.
func (h *host) lostForAll() uint64 {
	n, named := h.lines.lost.Count(), h.lines.dropped.Count()
	if h.lines.drops > named {
		n += h.lines.drops - named
	}
	return n
}

// checks are the runs of verify.
type checks struct {
	good, bad report.Ref // the last of each
	badSay    string
	days      map[span.Day]struct{}
	lines     uint64 // checked, of the period
}

func (c *checks) add(m *Maker, e *Event, kind *event.Kind) {
	switch {
	case kind == &event.VerifyOK && e.Time.After(c.good.Time):
		c.good = e.ref()
	case kind == &event.VerifyFound && e.Time.After(c.bad.Time):
		c.bad, c.badSay = e.ref(), m.show(e.Told.Get("finding"))
	}
	if !m.in(e.Time) {
		return
	}
	if c.days == nil {
		c.days = make(map[span.Day]struct{})
	}
	if len(c.days) < span.MaxDays {
		c.days[span.DayOf(e.Time, m.o.Zone)] = struct{}{}
	}
	if n, ok := e.Told.Uint("lines"); ok && n < span.MaxNumber {
		c.lines += n
	}
}

// retained is how old removed files were.
type retained struct {
	youngest time.Duration
	ref      report.Ref
	n        uint64
}

func (r *retained) add(e *Event) {
	at, err := time.Parse(time.RFC3339, e.Told.Get("time"))
	if err != nil {
		return
	}
	if age := e.Time.Sub(at); r.n == 0 || age < r.youngest {
		r.youngest, r.ref = age, e.ref()
	}
	r.n++
}
