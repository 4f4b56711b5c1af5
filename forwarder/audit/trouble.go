package audit

import (
	"slices"
	"strings"
	"time"

	"httpd-syslog/forwarder/event"
)

// Trouble is something that fails again and again, and that the delivery goes on without.
type Trouble struct {
	What     string // its sentence without the cause: the same each time
	Error    string // as it was last
	Since    time.Time
	Incident string // empty: no event has told of it
}

// trouble is a Trouble and what events have told of it: it is told once when it begins,
// once when it is over, and meanwhile when it has another reason, but no oftener than
// RepeatAfter. A trouble that comes and goes is told each time, up to tellMost times in tellIn.
type trouble struct {
	Trouble
	kind    *event.Kind
	subject string
	on      bool   // there is trouble
	told    string // the error that the last event told; empty: it told that the trouble is over
	toldAt  time.Time
	first   time.Time // of the beginnings that were told since
	begun   int       // beginnings told since first
}

// RepeatAfter is how long a trouble that goes on, and changes its reason, is not told again.
const RepeatAfter = time.Minute

const (
	tellMost = 10
	tellIn   = 10 * time.Minute
)

// Trouble is told each time how something has gone that may fail again and again: err is nil if it
// has not failed. kind is one of trouble, subject the value of its subject's key, empty where it has
// none. Trouble does not wait for the disk.
func (e *Log) Trouble(kind *event.Kind, subject string, err error) {
	if err == nil && !e.hasTrouble() {
		return // nothing fails, as usual
	}
	e.mu.Lock()
	t := e.find(kind, subject)
	if t == nil && err != nil {
		t = &trouble{Trouble: Trouble{What: kind.Trouble(subject)}, kind: kind, subject: subject}
		e.troubles = append(e.troubles, t)
	}
	var say event.Event
	var tell bool
	switch now := time.Now(); {
	case t == nil:
	case err == nil:
		say, tell = t.isOver(now)
	default:
		say, tell = t.isOn(strings.ReplaceAll(err.Error(), "\n", "; "), now)
	}
	e.mu.Unlock()
	if !tell {
		return
	}
	if incident := e.Tell(say); say.Kind == kind {
		e.mu.Lock()
		t.Incident = incident
		e.mu.Unlock()
	}
}

// resume has the troubles go on that were recalled. mu is held.
func (e *Log) resume() {
	for _, in := range e.incidents.open {
		if k := event.Find(in.Code); k != nil && k.IsTrouble() && e.find(k, in.Subject) == nil {
			e.troubles = append(e.troubles, &trouble{
				Trouble: Trouble{What: k.Trouble(in.Subject), Error: in.Cause, Since: in.Since, Incident: in.ID},
				kind:    k, subject: in.Subject, on: true, told: in.Cause, toldAt: in.Since, first: in.Since, begun: 1,
			})
		}
	}
}

// Forget drops a trouble that cannot be told over any more, since its relay was removed, say.
func (e *Log) Forget(kind *event.Kind, subject string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.troubles = slices.DeleteFunc(e.troubles, func(t *trouble) bool { return t.kind == kind && t.subject == subject })
	if i := e.incidents.find(kind.Code, subject); i >= 0 {
		e.incidents.open, e.incidents.dirty = slices.Delete(e.incidents.open, i, i+1), true
	}
}

func (e *Log) find(kind *event.Kind, subject string) *trouble {
	i := slices.IndexFunc(e.troubles, func(t *trouble) bool { return t.kind == kind && t.subject == subject })
	if i < 0 {
		return nil
	}
	return e.troubles[i]
}

func (e *Log) hasTrouble() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.troubles) > 0
}

// isOn notes a failure. It returns an event, if there is to be one.
func (t *trouble) isOn(text string, now time.Time) (say event.Event, tell bool) {
	if !t.on {
		t.on, t.Since = true, now
	}
	t.Error = text
	switch {
	case text == t.told, t.told != "" && now.Sub(t.toldAt) < RepeatAfter:
		return say, false
	case t.told == "" && !t.mayBegin(now):
		return say, false
	}
	t.told, t.toldAt = text, now
	return t.event(t.kind, "cause", text), true
}

// event is one of the trouble, which has what happens besides its subject.
func (t *trouble) event(kind *event.Kind, name, value string) event.Event {
	ev := event.Event{Kind: kind, Incident: t.Incident, Pairs: []event.Pair{{Name: name, Value: value}}}
	if key := kind.Subject(); key != "" {
		ev.Pairs = []event.Pair{{Name: key, Value: t.subject}, {Name: name, Value: value}}
	}
	return ev
}

// mayBegin counts the beginnings that are told.
func (t *trouble) mayBegin(now time.Time) bool {
	if since := now.Sub(t.first); since < 0 || since > tellIn {
		t.first, t.begun = now, 0
	}
	t.begun++
	return t.begun <= tellMost
}

// isOver notes a success. It returns an event, if there is to be one.
func (t *trouble) isOver(now time.Time) (say event.Event, tell bool) {
	t.on = false
	if t.told == "" {
		return say, false
	}
	t.told = ""
	say = t.event(t.kind.End(), "after", Rounded(now.Sub(t.Since)).String())
	t.Incident = ""
	return say, true
}

// Troubles are the troubles that are on now.
func (e *Log) Troubles() (all []Trouble) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, t := range e.troubles {
		if t.on {
			all = append(all, t.Trouble)
		}
	}
	return all
}

// Rounded is a duration as events have it.
func Rounded(d time.Duration) time.Duration {
	if d < time.Minute {
		return d.Round(time.Millisecond)
	}
	return d.Round(time.Second)
}
