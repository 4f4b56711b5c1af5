package report

import (
	"slices"
	"strings"

	"httpd-syslog/forwarder/event"
)

// Singles are events of one sort that are incidents by themselves.
type Singles struct {
	ids  []string
	more bool // there are others: too many, or without an identity of ours, as those of former versions
}

// maxSingles is how many of them are told apart.
const maxSingles = 1000

// Add takes in the identity of one.
func (s *Singles) Add(id string) {
	switch {
	case slices.Contains(s.ids, id):
	case !event.IsIdentity(id) || len(s.ids) >= maxSingles:
		s.more = true
	default:
		s.ids = append(s.ids, strings.Clone(id))
	}
}

// Finish puts into a statement about them what people have noted, by identities. show makes an identity fit
// to be shown. The statement is open until each has a cause and a remedy, as it is for what is over.
func (s *Singles) Finish(of *Statement, notes map[string][]Note, show func(string) string) {
	slices.Sort(s.ids)
	var missing []string
	for _, id := range s.ids {
		of.Incidents = append(of.Incidents, show(id))
		of.Notes = append(of.Notes, notes[id]...)
		if !Noted(notes[id]) {
			missing = append(missing, id)
		}
	}
	slices.SortFunc(of.Notes, func(a, b Note) int { return CompareRefs(a.Event, b.Event) })
	switch of.Open = len(missing) > 0 || s.more; {
	case len(missing) > 0:
		of.Say += "; nobody has noted cause and remedy" + Command(missing)
	case !of.Open:
		of.Say += "; somebody has noted cause and remedy"
	}
}

// Command says how to note on some incidents, by the first one whose identity is ours: people copy that into a shell.
func Command(ids []string) string {
	i := slices.IndexFunc(ids, event.IsIdentity)
	if i < 0 {
		return ""
	}
	command := ": httpd_syslog note " + ids[i]
	if len(ids) > 1 {
		command += " and others"
	}
	return command
}
