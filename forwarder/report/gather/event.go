package gather

import (
	"slices"
	"time"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/report"
)

// Place is where an event stands.
type Place struct {
	File string
	Line int64
}

// Event is an event as it was found.
type Event struct {
	Host   string
	PID    string // of the writer's process
	Number uint64 // that its writer gave to it
	Time   time.Time
	Told   event.Told
	Text   string // all of it
	At     Place
}

func (e *Event) ref() report.Ref {
	return report.Ref{File: e.At.File, Line: e.At.Line, Time: e.Time, Host: e.Host, Code: e.Told.Code}
}

// firstRefs is how many events a statement names, besides the last one.
const firstRefs = 9

// tally counts events, and names the first ones and the last.
type tally struct {
	n    uint64
	refs []report.Ref
	last report.Ref

	singles report.Singles
}

func (t *tally) add(r report.Ref) {
	t.n++
	t.note(r)
}

// note takes a reference in without counting it.
func (t *tally) note(r report.Ref) {
	if t.last.Time.IsZero() || report.CompareRefs(r, t.last) > 0 {
		t.last = r
	}
	i, known := slices.BinarySearchFunc(t.refs, r, report.CompareRefs)
	if known || i >= firstRefs {
		return
	}
	if len(t.refs) == firstRefs {
		t.refs = t.refs[:firstRefs-1]
	}
	t.refs = slices.Insert(t.refs, i, r)
}

// join adds what another tally has.
func (t *tally) join(o *tally) {
	if o == nil || o.n == 0 {
		return
	}
	t.n += o.n
	for _, r := range o.refs {
		t.note(r)
	}
	t.note(o.last)
}

// named are the references of a statement about what was counted, and how many events more it rests on.
func (t *tally) named() (refs []report.Ref, more uint64) {
	refs = slices.Clone(t.refs)
	if t.n > uint64(len(refs)) && !t.last.Time.IsZero() && !slices.Contains(refs, t.last) {
		refs = append(refs, t.last)
	}
	if n := uint64(len(refs)); t.n > n {
		more = t.n - n
	}
	return refs, more
}
