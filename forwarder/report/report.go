package report

import (
	"fmt"
	"strings"
	"time"
)

// Exit statuses, the same as verify's.
const (
	OK     = 0 // all that was asked for was read, and nothing is open
	Open   = 1 // something is
	Unread = 2 // nothing that was read is open, and something, or all, could not be read
)

// Verdict says how much of a requirement the report shows.
type Verdict string

// Verdicts.
const (
	Shown  Verdict = "shown here"
	InPart Verdict = "in part"   // Missing of the requirement says what is not shown
	Yours  Verdict = "yours"     // nothing of it is in events: it is for people to show
	None   Verdict = "not shown" // there are no events of the period
)

// Statement is something that events say.
type Statement struct {
	Code string `json:"code"` // what sort of statement it is, for programs
	Host string `json:"host,omitempty"`
	Say  string `json:"say"`
	Open bool   `json:"open"` // somebody has to see to it
	// Requirement is what an exception concerns.
	Requirement string `json:"requirement,omitempty"`
	// Incidents are those that its events are by themselves: people note on them.
	Incidents []string `json:"incidents,omitempty"`
	Notes     []Note   `json:"notes,omitempty"` // on them
	Refs      []Ref    `json:"events"`          // that it rests on
	More      uint64   `json:"more,omitempty"`  // events that it rests on besides
}

// Requirement is what the report has for one of PCI DSS v4.0.1, or several.
type Requirement struct {
	Number     string      `json:"number"`
	Title      string      `json:"title"`
	Verdict    Verdict     `json:"verdict"`
	Statements []Statement `json:"statements"`
	Missing    []string    `json:"missing,omitempty"` // what is not shown, and who can show it
}

// Host is who has told events.
type Host struct {
	Name   string    `json:"name"`
	First  time.Time `json:"first"` // of its events in the period
	Last   time.Time `json:"last"`
	Events uint64    `json:"events"`
	Open   int       `json:"open"` // exceptions
}

// Report is what was found.
type Report struct {
	From         time.Time     `json:"from"`
	To           time.Time     `json:"to"` // the first moment that is not included
	Made         time.Time     `json:"made"`
	ZoneName     string        `json:"zone"`
	Asked        []string      `json:"asked_hosts,omitempty"`
	Hosts        []Host        `json:"hosts"`
	Exceptions   []Statement   `json:"exceptions"` // those that are open first
	Incidents    []Incident    `json:"incidents"`
	Requirements []Requirement `json:"requirements"`
	Unread       []string      `json:"unread"` // what could not be read
	Files        int           `json:"files"`
	Events       uint64        `json:"events"` // of the period, but for seals and heartbeats

	Zone *time.Location `json:"-"` // of times in words
}

// CountOpen is how many exceptions are open.
func (r *Report) CountOpen() (n int) {
	for i := range r.Exceptions {
		if r.Exceptions[i].Open {
			n++
		}
	}
	return n
}

// Exit is the exit status.
func (r *Report) Exit() int {
	switch {
	case r.CountOpen() > 0:
		return Open
	case len(r.Unread) > 0:
		return Unread
	}
	return OK
}

// Sentence is the result.
func (r *Report) Sentence() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %s, %s: ", r.Period(), r.who(), Count(r.Events, "event"))
	open := r.CountOpen()
	switch rest := len(r.Exceptions) - open; {
	case open > 0 && rest > 0:
		fmt.Fprintf(&b, "%s open; %s told of that %s over or explained.", isOpen(open), Count(uint64(rest), "exception"), isAre(uint64(rest)))
	case open > 0:
		fmt.Fprintf(&b, "%s open.", isOpen(open))
	case len(r.Unread) > 0 && len(r.Hosts) == 0:
		b.WriteString("nothing can be said.")
	case len(r.Unread) > 0:
		b.WriteString("nothing is open in what could be read.")
	case rest > 0:
		fmt.Fprintf(&b, "all in order; %s told of that %s over or explained.", Count(uint64(rest), "exception"), isAre(uint64(rest)))
	default:
		b.WriteString("all in order.")
	}
	if n := len(r.Unread); n > 0 {
		fmt.Fprintf(&b, " %s could not be read.", Count(uint64(n), "thing"))
	}
	return b.String()
}

func isOpen(n int) string { return CountAre(uint64(n), "thing") }

// who says which hosts the report is about.
func (r *Report) who() string {
	switch n := len(r.Hosts); {
	case n == 1:
		return "host " + r.Hosts[0].Name
	case n > 0:
		return Count(uint64(n), "host")
	case len(r.Asked) > 0:
		return "host " + strings.Join(r.Asked, ", ")
	}
	return "no host"
}

// Time is a time as people read it, in the zone of the report. A midnight is a day.
func (r *Report) Time(t time.Time) string {
	t = t.In(r.Zone)
	if h, m, s := t.Clock(); h+m+s == 0 && t.Nanosecond() == 0 {
		return t.Format(time.DateOnly)
	}
	return t.Format(time.DateTime)
}

// until is the end of the period: the last day of whole days.
func (r *Report) until() string {
	text := r.Time(r.To)
	if len(text) == len(time.DateOnly) {
		return r.Time(r.To.In(r.Zone).AddDate(0, 0, -1))
	}
	return text
}

// Period is the period in words.
func (r *Report) Period() string {
	if r.From.IsZero() {
		return "until " + r.until()
	}
	from, to := r.Time(r.From), r.until()
	if from == to {
		return from
	}
	return from + " to " + to
}

// At is the time of an event, to the second.
func (r *Report) At(t time.Time) string { return t.In(r.Zone).Format(time.DateTime) }
