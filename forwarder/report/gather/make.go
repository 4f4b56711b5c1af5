package gather

import (
	"fmt"
	"slices"
	"time"

	"httpd-syslog/forwarder/report"
)

// Report is what was found. No event is added behind it.
func (m *Maker) Report() *report.Report {
	r := &report.Report{From: m.o.From, To: m.o.To, Made: m.o.Now, Zone: m.o.Zone, ZoneName: zoneName(m.o.Now, m.o.Zone), Files: m.read, Unread: m.unread}
	if r.From.IsZero() {
		r.From = m.first
	}
	if m.endless && !m.last.IsZero() {
		r.To = m.last.Add(time.Microsecond)
	}
	for _, name := range m.o.Hosts {
		r.Asked = append(r.Asked, m.show(name))
	}
	m.addHosts(r)
	incidents := m.within()
	r.Exceptions = m.exceptions(r, incidents)
	for _, in := range incidents {
		r.Incidents = append(r.Incidents, in.Incident)
	}
	for i := range r.Hosts {
		for _, e := range r.Exceptions {
			if e.Open && e.Host == r.Hosts[i].Name {
				r.Hosts[i].Open++
			}
		}
	}
	r.Requirements = m.requirements(r)
	return r
}

// addHosts adds those of which there is something, and says which are not there.
func (m *Maker) addHosts(r *report.Report) {
	for _, h := range m.sorted() {
		if h.first.IsZero() {
			continue
		}
		r.Hosts = append(r.Hosts, report.Host{Name: h.name, First: h.first, Last: h.last, Events: h.events})
		r.Events += h.events
	}
	for i, asked := range m.o.Hosts {
		if !slices.ContainsFunc(r.Hosts, func(h report.Host) bool { return isNamed(h.Name, asked) }) {
			r.Unread = append(r.Unread, fmt.Sprintf("there are no events of host %s in the period", r.Asked[i]))
		}
	}
	if len(r.Hosts) == 0 && len(m.o.Hosts) == 0 {
		r.Unread = append(r.Unread, "there are no events of any host in the period")
	}
}

// zoneName names a zone by its distance from UTC at a time.
func zoneName(at time.Time, zone *time.Location) string {
	switch zone {
	case time.UTC:
		return "UTC"
	case time.Local:
		return "the zone of this machine (UTC" + at.In(zone).Format("-07:00") + ")"
	}
	return zone.String() + " (UTC" + at.In(zone).Format("-07:00") + ")"
}
