package event

import (
	"cmp"
	"slices"
	"strconv"
)

import "httpd-syslog/forwarder/syslogfmt"

// Event is something to be told.
type Event struct {
	Kind     *Kind
	Incident string // what it begins, ends, belongs to or is by itself; empty: none
	Pairs    []Pair
	Ranges   []Range

	again string // see Again
}

// Pair is a key of an event and its value.
type Pair struct{ Name, Value string }

// Range is a run of numbers of one writer, both ends included.
type Range struct {
	Writer      string // PROCID, as messages have it
	First, Last uint64
	Audit       bool // the numbers are those of the writer's events, and not of its lines
}

// Again is the event of a text that was made before, to be told word for word, whatever the version
// that made it called things. Of a code that this version does not know it has severity info.
func Again(text string) Event {
	told, _ := Parse(text)
	kind := Find(told.Code)
	if kind == nil {
		kind = &Kind{Code: told.Code, Severity: syslogfmt.Info, Sentence: told.Sentence}
	}
	return Event{Kind: kind, Incident: told.Incident, Pairs: told.Pairs, again: text}
}

// maxLookBack is how many ranges AddRange looks at: numbers of so many writers come in turns, as a rule.
const maxLookBack = 8

// mostRanges is how many ranges are kept apart: beyond it, numbers between two runs of a writer count as
// theirs, so that there is a bound.
const mostRanges = 5000

// AddRange adds a range to others: to one of the last of them, where it goes on with its numbers.
func AddRange(ranges []Range, r Range) []Range {
	for i := len(ranges) - 1; i >= max(0, len(ranges)-maxLookBack); i-- {
		if have := &ranges[i]; have.Writer == r.Writer && have.Audit == r.Audit && (have.Last+1 == r.First || len(ranges) >= mostRanges && have.Last < r.First) {
			have.Last = r.Last
			return ranges
		}
	}
	return append(ranges, r)
}

// Of is the event as part of an incident.
func (e Event) Of(incident string) Event {
	e.Incident = incident
	return e
}

// MaxRanges is how many ranges one event tells at most.
const MaxRanges = 50

// RangesIn is how many ranges an event has at most whose message is not to be longer than so many bytes, header included.
func RangesIn(bytes int) int {
	const rest, one = 400, len(" writer=4294967295-019ac2f4a1b9f3a1 first=2000000000 last=2000000000")
	return min(max(1, (bytes-rest)/one), MaxRanges)
}

// Count is how many numbers of lines ranges have; numbers of events where there are no others.
func Count(ranges []Range) (n uint64) {
	var events uint64
	for _, r := range ranges {
		if r.Audit {
			events += r.Last - r.First + 1
		} else {
			n += r.Last - r.First + 1
		}
	}
	return cmp.Or(n, events)
}

// counted has the event say how many lines its own ranges have.
func (e Event) counted() Event {
	e.Pairs = slices.Clone(e.Pairs)
	for i, p := range e.Pairs {
		if p.Name == "lines" || p.Name == "messages" || p.Name == "events" {
			e.Pairs[i].Value = strconv.FormatUint(Count(e.Ranges), 10)
		}
	}
	return e
}

// Split is the event as several that each have at most MaxRanges ranges, and a text of at most
// MaxText bytes; each then says how many lines it is about. An event without ranges stays one.
func (e Event) Split() []Event {
	events := []Event{}
	for rest := e.Ranges; ; {
		part := e
		n := min(len(rest), MaxRanges)
		for part.Ranges = rest[:n]; n > 1 && len(part.text(maxValue)) > MaxText; part.Ranges = rest[:n] {
			n--
		}
		if n < len(e.Ranges) {
			part = part.counted()
		}
		events = append(events, part)
		if rest = rest[n:]; len(rest) == 0 {
			return events
		}
	}
}

// Value is the value of a key; empty where the event has none.
func (e *Event) Value(name string) string {
	for _, p := range e.Pairs {
		if p.Name == name {
			return p.Value
		}
	}
	return ""
}
