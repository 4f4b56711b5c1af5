package gather

import (
	"cmp"
	"fmt"
	"hash/maphash"
	"slices"
	"strings"
	"sync"
	"time"

	"httpd-syslog/forwarder/cardnumber"
	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/report"
	"httpd-syslog/forwarder/report/span"
)

// Options say what a report is about.
type Options struct {
	From, To time.Time      // zero: from the first event, up to Now
	Now      time.Time      // when it is made
	Zone     *time.Location // of days, and of times in words; nil: UTC
	Hosts    []string       // empty: all
	Cards    cardnumber.Rules
}

const (
	maxHosts  = 10000
	maxEvents = 4 << 20 // that are told apart, besides seals and heartbeats
	maxUnread = 1000
	maxNames  = 1000 // of relays, streams and networks of a host
)

// Maker makes a report. Not for concurrent use.
type Maker struct {
	o         Options
	hosts     map[string]*host
	seen      map[uint64]struct{}
	seed      maphash.Seed
	finder    *cardnumber.Finder
	incidents map[incidentKey]*incident
	notes     map[string][]report.Note
	removals  []removal
	files     []File
	read      int
	room      int // for ranges of numbers
	most      int // events that are told apart
	unread    []string
	spilled   map[string]bool
	endless   bool // no end of the period was given
	first     time.Time
	last      time.Time // before o.To
}

// removal is a relay that was removed from the configuration.
type removal struct {
	report.Ref
	relay string
}

// New is a Maker that knows nothing.
func New(o Options) *Maker {
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	endless := o.To.IsZero()
	if endless {
		o.To = o.Now
	}
	return &Maker{
		o: o, endless: endless, hosts: make(map[string]*host), seen: make(map[uint64]struct{}), seed: maphash.MakeSeed(), finder: cardnumber.New(o.Cards),
		incidents: make(map[incidentKey]*incident), notes: make(map[string][]report.Note), room: span.MaxRanges, most: maxEvents, spilled: make(map[string]bool),
	}
}

// kinds are those of the table, by their codes.
var kinds = sync.OnceValue(func() map[string]*event.Kind {
	all := make(map[string]*event.Kind)
	for _, k := range event.Kinds() {
		all[k.Code] = k
	}
	return all
})

// Add takes in an event that is no routine.
func (m *Maker) Add(e *Event) {
	kind := kinds()[e.Told.Code]
	asked := m.wants(e.Host)
	switch {
	case kind == &event.IncidentNote && m.isNew(e):
		m.addNote(e) // whoever has told it
	case kind == &event.IncidentNote:
		return // told again
	case !asked && !m.wants(e.Told.Get("sender")):
		return
	case !m.in(e.Time) && !outlasts(kind):
		if h := m.host(e.Host); h != nil {
			h.asked = asked
			m.sees(h, e.Time)
		}
		return
	case !m.isNew(e):
		return
	}
	m.take(e, kind, asked)
}

// take takes in an event that was not taken in before.
func (m *Maker) take(e *Event, kind *event.Kind, asked bool) {
	if !asked && !m.wants(e.Told.Get("sender")) {
		return
	}
	h := m.host(e.Host)
	if h == nil {
		return
	}
	h.asked = asked
	m.sees(h, e.Time)
	if kind != nil {
		m.addIncident(e, kind)
		h.add(m, e, kind)
	}
}

// outlasts reports whether events of a kind say something of other times than their own.
func outlasts(kind *event.Kind) bool {
	switch kind {
	case nil:
		return false
	case &event.ServiceBegin, &event.ServiceEnd, &event.DelivererBegin, &event.ConfigLoaded, &event.ConfigRelayRemoved, &event.SealChain,
		&event.VerifyOK, &event.VerifyFound, &event.VerifyUnchecked, &event.CardsScanned, &event.CardsScanFound:
		return true
	}
	return begins(kind) != nil
}

// isNew reports whether an event is none that was taken in before: it has the same number, time and text
// wherever it is found.
func (m *Maker) isNew(e *Event) bool {
	var h maphash.Hash
	h.SetSeed(m.seed)
	fmt.Fprintf(&h, "%s\n%s\n%d\n%d\n", e.Host, e.PID, e.Number, e.Time.Unix())
	h.WriteString(e.Text)
	key := h.Sum64()
	if _, known := m.seen[key]; known {
		return false
	}
	if len(m.seen) >= m.most {
		m.tooMany("events", m.most)
		return false
	}
	m.seen[key] = struct{}{}
	return true
}

// wants reports whether the report is about a host. A sender of a collector may have a longer name.
func (m *Maker) wants(name string) bool {
	if len(m.o.Hosts) == 0 {
		return true
	}
	return name != "" && slices.ContainsFunc(m.o.Hosts, func(h string) bool { return isNamed(name, h) })
}

// isNamed reports whether a name is a host's: its own, or that with a domain behind it.
func isNamed(name, host string) bool { return name == host || strings.HasPrefix(name, host+".") }

// sees notes when a host has told something.
func (m *Maker) sees(h *host, t time.Time) {
	h.told.Add(t)
	m.saw(t)
}

func (m *Maker) saw(t time.Time) {
	if m.first.IsZero() || t.Before(m.first) {
		m.first = t
	}
	if t.After(m.last) && t.Before(m.o.To) {
		m.last = t
	}
}

// host is the entry of a host, made where there is none; nil: there are too many.
func (m *Maker) host(name string) *host {
	h := m.hosts[name]
	if h != nil {
		return h
	}
	if len(m.hosts) >= maxHosts {
		m.tooMany("hosts", maxHosts)
		return nil
	}
	h = newHost(m.show(name), &m.room)
	m.hosts[strings.Clone(name)] = h
	return h
}

// in reports whether a time is in the period.
func (m *Maker) in(t time.Time) bool {
	return (m.o.From.IsZero() || !t.Before(m.o.From)) && t.Before(m.o.To)
}

// Cannot notes that something could not be read.
func (m *Maker) Cannot(say string) {
	if len(m.unread) < maxUnread {
		m.unread = append(m.unread, m.show(say))
	}
}

// tooMany notes once that there is more of something than is kept.
func (m *Maker) tooMany(what string, most int) {
	if !m.spilled[what] {
		m.spilled[what] = true
		m.Cannot(fmt.Sprintf("there are more %s than a report keeps (%s): those beyond are not in it; take a shorter period, or fewer hosts", what, report.Group(uint64(most))))
	}
}

// Read notes that a file was read.
func (m *Maker) Read() { m.read++ }

// show is a text of others as it is shown: without card numbers, and so that it does nothing to a terminal.
func (m *Maker) show(text string) string {
	if len(text) >= len("cvv=123") {
		line := append([]byte(text), '\n')
		m.finder.Truncate(line)
		text = string(line[:len(text)])
	}
	return event.Plain(text)
}

// sorted are the hosts that are asked for, in the order of their names.
func (m *Maker) sorted() (all []*host) {
	for _, h := range m.hosts {
		if h.asked {
			all = append(all, h)
		}
	}
	slices.SortFunc(all, func(a, b *host) int { return cmp.Compare(a.name, b.name) })
	return all
}
