package report

import (
	"slices"
	"time"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/report/span"
	"httpd-syslog/forwarder/syslogfmt"
)

// Note is what somebody has added to an incident.
type Note struct {
	Cause  string `json:"cause,omitempty"`
	Remedy string `json:"remedy,omitempty"`
	User   string `json:"user"` // as that process has claimed
	UID    string `json:"uid"`  // as the kernel has said
	Event  Ref    `json:"event"`
}

// Incident is something that has begun, and is over or not.
type Incident struct {
	ID       string    `json:"incident"`
	Host     string    `json:"host"`
	Code     string    `json:"event"` // of its begin
	Subject  string    `json:"subject,omitempty"`
	Severity string    `json:"severity"`
	Say      string    `json:"say"` // the sentence of its begin
	Begin    time.Time `json:"begin"`
	End      time.Time `json:"end,omitzero"` // zero: it is open
	// Begun says that its begin is in the files; else Begin is the time of its first event there.
	Begun   bool     `json:"begun"`
	Seconds float64  `json:"seconds,omitempty"` // from begin to end
	Causes  []string `json:"causes,omitempty"`  // as events have told them, in their order
	Lines   uint64   `json:"lines,omitempty"`   // that waited, or, of a hole, numbers that did not come
	Closed  string   `json:"closed,omitempty"`  // why it is over, where no event has ended it
	Notes   []Note   `json:"notes,omitempty"`
	Refs    []Ref    `json:"events"`
	More    uint64   `json:"more,omitempty"`
}

// IsOpen reports whether it is not over.
func (in *Incident) IsOpen() bool { return in.End.IsZero() }

// NeedsNote reports whether somebody has to say why it was, and has not: whatever is told at err or above,
// and what has lasted. A short outage that the spool has bridged is none of these.
func (in *Incident) NeedsNote() bool {
	if in.IsOpen() || Noted(in.Notes) {
		return false
	}
	kind := event.Find(in.Code)
	return kind == nil || kind.Severity <= syslogfmt.Err || in.End.Sub(in.Begin) >= span.Silence
}

// Noted reports whether notes have both, a cause and a remedy.
func Noted(notes []Note) bool {
	has := func(get func(*Note) string) bool {
		return slices.ContainsFunc(notes, func(n Note) bool { return get(&n) != "" })
	}
	return has(func(n *Note) string { return n.Cause }) && has(func(n *Note) string { return n.Remedy })
}
