package gather

import (
	"cmp"
	"slices"
	"time"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/report"
	"httpd-syslog/forwarder/report/span"
)

const (
	maxIncidents = 100000
	maxCauses    = 5
	maxNotes     = 20 // of an incident
)

// incident is one while it is put together.
type incident struct {
	report.Incident
	tally  tally
	causes []cause
	ranges span.Numbers
	ended  report.Ref
}

// incidentKey names an incident: another host that says the same identity has one of its own.
type incidentKey struct{ host, id string }

// begins is the kind that has begun what an event of a kind belongs to; nil: nothing.
func begins(k *event.Kind) *event.Kind {
	switch {
	case k.Begins:
		return k
	case k.Ends != nil:
		return k.Ends
	}
	return k.During
}

// addIncident takes in an event that belongs to an incident.
func (m *Maker) addIncident(e *Event, kind *event.Kind) {
	begin := begins(kind)
	if begin == nil || e.Told.Incident == "" {
		return
	}
	key := incidentKey{e.Host, e.Told.Incident}
	in := m.incidents[key]
	if in == nil {
		if len(m.incidents) >= maxIncidents {
			m.tooMany("incidents", maxIncidents)
			return
		}
		in = &incident{Incident: report.Incident{ID: m.show(e.Told.Incident), Host: m.show(e.Host), Code: begin.Code, Severity: begin.Severity.String(), Begin: e.Time}}
		in.ranges = span.NewNumbers(&m.room)
		m.incidents[key] = in
	}
	in.take(m, e, kind)
}

// take takes in an event of the incident.
func (in *incident) take(m *Maker, e *Event, kind *event.Kind) {
	in.tally.add(e.ref())
	if subject := e.Told.Get(kinds()[in.Code].Subject()); subject != "" {
		in.Subject = m.show(subject)
	}
	if kind.Begins && (!in.Begun || e.Time.Before(in.Begin)) || !in.Begun && e.Time.Before(in.Begin) {
		in.Begin, in.Say = e.Time, m.show(e.Told.Sentence)
	}
	in.Begun = in.Begun || kind.Begins
	if in.Say == "" {
		in.Say = m.show(e.Told.Sentence)
	}
	if kind.Ends != nil && e.Time.After(in.End) {
		in.End, in.ended = e.Time, e.ref()
	}
	if text := m.show(e.Told.Get("cause")); text != "" {
		in.addCause(cause{e.Time, text})
	}
	if n, ok := e.Told.Uint("lines"); ok && kind == &event.RelayCaughtUp {
		in.Lines += n
	}
	if kind == &event.GapOpen {
		in.ranges.Add(e.Told.Ranges())
	}
}

// cause is why, as it was told at a time.
type cause struct {
	at   time.Time
	text string
}

// addCause keeps the first ones, each once.
func (in *incident) addCause(c cause) {
	if i := slices.IndexFunc(in.causes, func(have cause) bool { return have.text == c.text }); i >= 0 {
		if !c.at.Before(in.causes[i].at) {
			return
		}
		in.causes = slices.Delete(in.causes, i, i+1)
	}
	i, _ := slices.BinarySearchFunc(in.causes, c, func(a, b cause) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.text, b.text)) })
	in.causes = slices.Insert(in.causes, i, c)
	in.causes = in.causes[:min(len(in.causes), maxCauses)]
}

// addNote takes in what somebody has said of an incident.
func (m *Maker) addNote(e *Event) {
	id := e.Told.Incident
	if len(m.notes) >= maxIncidents || len(m.notes[id]) >= maxNotes {
		m.tooMany("notes", maxNotes)
		return
	}
	m.notes[id] = append(m.notes[id], report.Note{
		Cause: m.show(e.Told.Get("cause")), Remedy: m.show(e.Told.Get("remedy")),
		User: m.show(e.Told.Get("user")), UID: m.show(e.Told.Get("uid")), Event: e.ref(),
	})
}

// endings are the incidents that no event of their own ends: those of a relay that was removed.
func (m *Maker) endings() {
	for _, in := range m.incidents {
		if !in.IsOpen() {
			continue
		}
		for _, r := range m.removals {
			if r.Host == in.Host && r.relay == in.Subject && kinds()[in.Code].Subject() == "relay" && !r.Time.Before(in.Begin) && (in.IsOpen() || r.Time.Before(in.End)) {
				in.End, in.Closed = r.Time, "the relay was removed from the configuration"
				in.tally.add(r.Ref)
			}
		}
	}
}

// within are the incidents of the period, in the order of time.
func (m *Maker) within() (all []*incident) {
	m.endings()
	for key, in := range m.incidents {
		if !in.Begin.Before(m.o.To) || !in.IsOpen() && in.End.Before(m.o.From) {
			continue
		}
		in.finish(m.notes[key.id])
		all = append(all, in)
	}
	slices.SortFunc(all, func(a, b *incident) int {
		return cmp.Or(a.Begin.Compare(b.Begin), cmp.Compare(a.Host, b.Host), cmp.Compare(a.ID, b.ID))
	})
	return all
}

// finish puts together what is told of it.
func (in *incident) finish(notes []report.Note) {
	for _, c := range in.causes {
		in.Causes = append(in.Causes, c.text)
	}
	in.Notes = slices.Clone(notes)
	slices.SortFunc(in.Notes, func(a, b report.Note) int { return report.CompareRefs(a.Event, b.Event) })
	if !in.IsOpen() {
		in.Seconds = in.End.Sub(in.Begin).Seconds()
	}
	if n := in.ranges.Count(); n > 0 {
		in.Lines = n
	}
	if !in.ended.Time.IsZero() {
		in.tally.note(in.ended)
	}
	in.Refs, in.More = in.tally.named()
}
