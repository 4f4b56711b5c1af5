package forwarder

import (
	"slices"
	"strings"
	"time"

	"httpd-syslog/forwarder/syslogfmt"
)

// Trouble is something that fails again and again, and that the delivery goes on without.
type Trouble struct {
	What  string    `json:"what"`  // the same for each time
	Error string    `json:"error"` // as it was last
	Since time.Time `json:"since"`
}

// trouble is a Trouble and what events have told of it: it is told once when it begins,
// once when it is over, and meanwhile when it has another reason, but no oftener than each
// minute. One that comes and goes is told each time, up to tellMost times in tellIn.
type trouble struct {
	Trouble
	on     bool   // there is trouble
	told   string // what the last event said of it; empty: that there is none
	toldAt time.Time
	first  time.Time // of the beginnings that were told since
	begun  int       // how many these are
}

const (
	tellMost = 10
	tellIn   = 10 * time.Minute
)

// trouble takes in how what can fail has gone: nil is well. Each kind of trouble has a
// name of its own, which is part of its events.
func (e *eventLog) trouble(severity syslogfmt.Severity, what string, err error) {
	if err == nil && !e.hasTrouble() {
		return // the way it mostly is
	}
	e.mu.Lock()
	t := e.find(what)
	if t == nil && err != nil {
		t = &trouble{Trouble: Trouble{What: what}}
		e.troubles = append(e.troubles, t)
	}
	say := ""
	switch now := time.Now(); {
	case t == nil:
	case err == nil:
		severity, say = syslogfmt.Notice, t.isOver(now)
	default:
		say = t.isOn(strings.ReplaceAll(err.Error(), "\n", "; "), now)
	}
	e.mu.Unlock()
	if say != "" {
		e.log(severity, "%s: %s", what, say)
	}
}

// forget drops a trouble, whose cause has gone with who had it.
func (e *eventLog) forget(what string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.troubles = slices.DeleteFunc(e.troubles, func(t *trouble) bool { return t.What == what })
}

func (e *eventLog) find(what string) *trouble {
	i := slices.IndexFunc(e.troubles, func(t *trouble) bool { return t.What == what })
	if i < 0 {
		return nil
	}
	return e.troubles[i]
}

func (e *eventLog) hasTrouble() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.troubles) > 0
}

// isOn takes in a failure. It returns what is to be said of it, if anything.
func (t *trouble) isOn(text string, now time.Time) (say string) {
	if !t.on {
		t.on, t.Since = true, now
	}
	t.Error = text
	switch {
	case text == t.told, t.told != "" && now.Sub(t.toldAt) < repeatAfter:
		return ""
	case t.told == "" && !t.mayBegin(now):
		return ""
	}
	t.told, t.toldAt = text, now
	return text
}

// mayBegin counts the beginnings that are told.
func (t *trouble) mayBegin(now time.Time) bool {
	if since := now.Sub(t.first); since < 0 || since > tellIn {
		t.first, t.begun = now, 0
	}
	t.begun++
	return t.begun <= tellMost
}

// isOver takes in a success. It returns what is to be said of that, if anything.
func (t *trouble) isOver(now time.Time) (say string) {
	t.on = false
	if t.told == "" {
		return ""
	}
	t.told = ""
	return "over after " + rounded(now.Sub(t.Since)).String()
}

// current are the troubles that there are.
func (e *eventLog) current() (all []Trouble) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, t := range e.troubles {
		if t.on {
			all = append(all, t.Trouble)
		}
	}
	return all
}
