package report

import (
	"slices"
	"strings"
)

// Singles are events of one sort that are incidents by themselves.
type Singles struct {
	ids  []string
	more bool // there are others: too many, or of a version that gave them no identity
}

// maxSingles is how many of them are told apart.
const maxSingles = 1000

// Add takes in the identity of one.
func (s *Singles) Add(id string) {
	switch {
	case slices.Contains(s.ids, id):
	case id == "" || len(s.ids) >= maxSingles:
		s.more = true
	default:
		s.ids = append(s.ids, strings.Clone(id))
	}
}

// Finish puts into a statement about them what people have noted, by identities. show makes an identity fit
// to be shown. The statement is open until each has a cause and a remedy, as it is for what is over.
func (s *Singles) Finish(of *Statement, notes map[string][]Note, show func(string) string) {
	slices.Sort(s.ids)
	missing, first := 0, ""
	for _, id := range s.ids {
		of.Incidents = append(of.Incidents, show(id))
		of.Notes = append(of.Notes, notes[id]...)
		if !Noted(notes[id]) {
			if missing++; missing == 1 {
				first = show(id)
			}
		}
	}
	slices.SortFunc(of.Notes, func(a, b Note) int { return CompareRefs(a.Event, b.Event) })
	switch of.Open = missing > 0 || s.more; {
	case missing > 1:
		of.Say += "; nobody has noted cause and remedy: httpd_syslog note " + first + " and others"
	case missing == 1:
		of.Say += "; nobody has noted cause and remedy: httpd_syslog note " + first
	case !of.Open:
		of.Say += "; somebody has noted cause and remedy"
	}
}
