package audit

import (
	"errors"
	"slices"
	"strings"
	"time"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/fault"
	"httpd-syslog/forwarder/record"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/stream"
)

// Incident is something that has begun, as an event has told, and is not over.
type Incident struct {
	ID      string    `json:"incident"` // writer and number of the first event
	Code    string    `json:"event"`    // of that event
	Subject string    `json:"subject,omitempty"`
	Cause   string    `json:"cause,omitempty"` // as it was told last
	Since   time.Time `json:"since"`
}

// incidents are those that are open. Their record is written behind the events, so that a kill may
// leave events in the spool that the record does not know of: recall reads these, too.
type incidents struct {
	open   []Incident
	closed []string // those that ended last, whose events recall may still find in the spool
	kept   bool     // there is a record: they were recalled
	dirty  bool     // the record lacks a change
}

// maxClosed is how many incidents that are over are remembered. Their events leave the spool soon: a
// relay that is down for long keeps those of its own outage, and few others begin and end.
const maxClosed = 200

// recorded is the content of the record.
type recorded struct {
	Open   []Incident `json:"open"`
	Closed []string   `json:"closed,omitempty"`
}

// find is where an open incident of a kind and subject is, or -1.
func (in *incidents) find(code, subject string) int {
	return slices.IndexFunc(in.open, func(i Incident) bool { return i.Code == code && i.Subject == subject })
}

// assign puts the incident into an event that it belongs to; id names one that the event begins, or is.
func (in *incidents) assign(ev *event.Event, id string) {
	begin := begins(ev.Kind)
	if ev.Kind.Single && ev.Incident == "" {
		ev.Incident = id
	}
	if begin == nil || ev.Incident != "" {
		return
	}
	if i := in.find(begin.Code, ev.Value(begin.Subject())); i >= 0 {
		ev.Incident = in.open[i].ID
	} else if ev.Kind == begin {
		ev.Incident = id
	}
}

// note notes what an event does to incidents, which is told at that time.
func (in *incidents) note(ev *event.Event, at time.Time) {
	begin := begins(ev.Kind)
	if begin == nil {
		return
	}
	subject, cause := ev.Value(begin.Subject()), ev.Value("cause")
	i := in.find(begin.Code, subject)
	switch {
	case i < 0 && ev.Kind == begin:
		in.open = append(in.open, Incident{ID: ev.Incident, Code: begin.Code, Subject: subject, Cause: cause, Since: at})
	case i < 0:
		return // it is over
	case ev.Kind.Ends != nil:
		in.close(in.open[i].ID)
		in.open = slices.Delete(in.open, i, i+1)
	case cause != "":
		in.open[i].Cause = cause
	}
	in.dirty = true
}

// begins is the kind that begins what an event of a kind begins, ends or belongs to; nil: none.
func begins(k *event.Kind) *event.Kind {
	switch {
	case k.Begins:
		return k
	case k.Ends != nil:
		return k.Ends
	}
	return k.During
}

// Open are the incidents that are not over.
func (e *Log) Open() []Incident {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.incidents.open)
}

// Since is since when the incident goes on that an event of a kind has begun for a subject; zero: there
// is none.
func (e *Log) Since(kind *event.Kind, subject string) (since time.Time) {
	if in := e.Opened(kind, subject); in != nil {
		since = in.Since
	}
	return since
}

// Opened is the open incident that an event of a kind has begun for a subject; nil: there is none.
func (e *Log) Opened(kind *event.Kind, subject string) *Incident {
	e.mu.Lock()
	defer e.mu.Unlock()
	i := e.incidents.find(kind.Code, subject)
	if i < 0 {
		return nil
	}
	found := e.incidents.open[i]
	return &found
}

// Recall takes over the incidents that deliverers before have left open: those of the record, and
// what the events in the spool say besides. Whoever delivers calls it before anything is told that
// may begin or end one; from then on the record is kept. A second call takes over what another
// process has told in between. It blocks while it reads.
func (e *Log) Recall() error {
	was, err := recall(e.dir, e.Owns)
	if err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.incidents.merge(was)
	e.resume()
	return nil
}

// Incidents are those of a state directory that are open, and the identities of the last ones that are over.
// It changes nothing, and may be called while another process delivers.
func Incidents(dir statedir.Dir) (open []Incident, closed []string, err error) {
	was, err := recall(dir, func(frame.FileID) bool { return false })
	if err != nil {
		return nil, nil, err
	}
	return was.open, was.closed, nil
}

// recall reads the record, and what the events in the spool say besides, but for those of own.
func recall(dir statedir.Dir, own func(frame.FileID) bool) (*incidents, error) {
	c := spool.NewCatalog(dir.Spool())
	if err := c.Refresh(); err != nil {
		return nil, err
	}
	var r recorded
	err := record.Read(dir.Incidents(), &r)
	if errors.Is(err, record.ErrVersion) {
		return nil, err
	}
	if err != nil { // what the spool has is all that is known
		r = recorded{}
	}
	was := &incidents{open: r.Open, closed: r.Closed}
	was.read(c, own)
	return was, nil
}

// merge takes over what other processes have left.
func (in *incidents) merge(was *incidents) {
	n := len(in.open)
	in.open = slices.DeleteFunc(in.open, func(i Incident) bool { return slices.Contains(was.closed, i.ID) })
	in.dirty = in.dirty || was.dirty || len(in.open) != n
	for _, i := range was.open {
		if in.find(i.Code, i.Subject) < 0 && !slices.Contains(in.closed, i.ID) {
			in.open = append(in.open, i)
		}
	}
	for _, id := range was.closed {
		if !slices.Contains(in.closed, id) {
			in.close(id)
		}
	}
	in.kept = true
}

// close remembers that an incident is over.
func (in *incidents) close(id string) {
	in.closed = append(in.closed, id)
	in.closed = in.closed[max(0, len(in.closed)-maxClosed):]
}

// read takes in the events of the spool, but for those of own: what is open of these is known.
func (in *incidents) read(c *spool.Catalog, own func(frame.FileID) bool) {
	r := spool.NewReader(c, nil, func(h *frame.FileHeader) bool { return h.Stream == stream.Audit && !own(h.File) })
	defer r.Close()
	for {
		f, err := r.Next()
		if f == nil && err == nil {
			return
		}
		if f != nil && f.Kind == frame.Event {
			in.reread(string(f.Payload), f.Time)
		}
	}
}

// reread takes in an event that was told.
func (in *incidents) reread(text string, at time.Time) {
	told, ok := event.Parse(strings.TrimSuffix(text, "\n"))
	if !ok || told.Incident == "" || slices.Contains(in.closed, told.Incident) {
		return
	}
	kind := event.Find(told.Code)
	if kind == nil {
		return
	}
	ev := event.Event{Kind: kind, Incident: told.Incident, Pairs: told.Pairs}
	in.note(&ev, at)
}

// record writes the record, where it lacks a change. writing is held. An error is none that anybody
// is told of: the record is tried again with the next event, and the spool has the events.
func (e *Log) record() {
	e.mu.Lock()
	in := &e.incidents
	if !in.dirty || !in.kept {
		e.mu.Unlock()
		return
	}
	r := recorded{slices.Clone(in.open), slices.Clone(in.closed)}
	in.dirty = false
	e.mu.Unlock()
	fault.Point("audit.incident.before")
	err := record.Write(e.dir.Incidents(), r, false)
	fault.Point("audit.incident.after")
	if err != nil {
		e.mu.Lock()
		in.dirty = true
		e.mu.Unlock()
	}
}
