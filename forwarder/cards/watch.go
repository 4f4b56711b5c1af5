// Package cards is what is done about card numbers in the lines of a stream: they are truncated, or
// only counted, before the lines are written anywhere; and it is told, at the first one and then
// hourly, of which networks there were how many. What a number is, is package cardnumber's to know.
//
// What was counted and not told dies with the process: at most an hour's count. No line does.
package cards

import (
	"time"

	"httpd-syslog/forwarder/cardnumber"
	"httpd-syslog/forwarder/event"
)

// Action is what is done about card numbers.
type Action int

const (
	// Report counts them.
	Report Action = iota
	// Truncate truncates and counts them.
	Truncate
	// Off looks for none.
	Off
)

// Rules are the configuration's. The zero value reports.
type Rules struct {
	Action  Action
	Numbers cardnumber.Rules
}

// Every is how often the count of a network is told.
const Every = time.Hour

// Watch looks at the lines of one stream of one writer. Its methods are for one goroutine;
// a nil Watch looks at nothing.
type Watch struct {
	stream string
	action Action
	finder *cardnumber.Finder // nil: Off
	toldAt map[cardnumber.Network]time.Time
	any    bool // something was found that was not told
}

// excepted stands for the numbers behind a text of Rules.Numbers.Except, in toldAt.
const excepted cardnumber.Network = 0

// New returns a Watch.
func New(stream string, r Rules) *Watch {
	w := &Watch{stream: stream, action: r.Action}
	if r.Action != Off {
		w.finder = cardnumber.New(r.Numbers)
		w.toldAt = make(map[cardnumber.Network]time.Time)
	}
	return w
}

// Field looks at a field of a message.
func (w *Watch) Field(b []byte) {
	if len(b) >= shortestNumber {
		w.Lines(b)
	}
}

// Lines looks at whole lines, each with its LF.
func (w *Watch) Lines(b []byte) {
	switch {
	case w == nil || w.finder == nil || len(b) < shortest:
		return
	case w.action == Truncate:
		w.finder.Truncate(b)
	default:
		w.finder.Count(b)
	}
	w.any = w.finder.Counts != cardnumber.Counts{}
}

// What is shorter can hold nothing that is looked for.
const (
	shortest       = len("cvv=123")
	shortestNumber = 13
)

// Cut looks at a line, without LF and mark, that was cut at its end, before Lines does.
func (w *Watch) Cut(line []byte) {
	if w != nil && w.action == Truncate {
		w.finder.CutTail(line)
		w.any = w.finder.Counts != cardnumber.Counts{}
	}
}

// HasNews reports whether Tell may have something to tell.
func (w *Watch) HasNews() bool { return w != nil && w.any }

// Tell gives tell an event for each network whose count is due at now: it was never told, or Every
// ago; with all whatever there is. If tell returns false the event could not be told, and the
// count is kept.
func (w *Watch) Tell(now time.Time, all bool, tell func(event.Event) bool) {
	if !w.HasNews() {
		return
	}
	left := false
	due := func(n cardnumber.Network, count *uint64) {
		if *count == 0 {
			return
		}
		at, before := w.toldAt[n]
		if before && !all && now.Sub(at) < Every || !tell(w.event(n, *count)) {
			left = true
			return
		}
		w.toldAt[n], *count = now, 0
	}
	for _, n := range cardnumber.Networks() {
		due(n, &w.finder.Counts.Found[n])
	}
	due(excepted, &w.finder.Counts.Excepted)
	w.any = left
}

func (w *Watch) event(n cardnumber.Network, count uint64) event.Event {
	kind := &event.CardsFound
	switch {
	case n == excepted:
		return event.CardsExcepted.With("count", count, "stream", w.stream)
	case w.action == Truncate:
		kind = &event.CardsTruncated
	}
	return kind.With("count", count, "network", n, "stream", w.stream)
}

// Redact is an event whose values may have text of others in it: with Truncate without card numbers.
// The key "sample" is the beginning of such a text.
func (r Rules) Redact(e event.Event) event.Event {
	if r.Action != Truncate {
		return e
	}
	f := cardnumber.New(r.Numbers)
	pairs := make([]event.Pair, len(e.Pairs))
	for i, p := range e.Pairs {
		value := []byte(p.Value)
		if p.Name == "sample" {
			f.CutTail(value)
		} else {
			f.Truncate(value)
		}
		pairs[i] = event.Pair{Name: p.Name, Value: string(value)}
	}
	e.Pairs = pairs
	return e
}
