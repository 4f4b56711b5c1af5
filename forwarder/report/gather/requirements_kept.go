package gather

import (
	"fmt"
	"time"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/report"
)

// integrity is 10.3.4.
func (m *Maker) integrity(r *report.Report) *requirement {
	q := newRequirement("10.3.4", "Changes of logs are noticed", report.Shown)
	var without, rare []string
	var lines uint64
	for _, h := range m.sorted() {
		told, _ := m.covered(r, h)
		switch n := len(h.checks.days); {
		case n == 0:
			without = append(without, h.name)
		case told > n+told/10+1:
			rare = append(rare, fmt.Sprintf("%s (%d of %d days)", h.name, n, told))
		}
		lines += h.checks.lines
	}
	for _, of := range []struct {
		kind *event.Kind
		say  string
	}{
		{&event.VerifyOK, "verify found nothing %s"}, {&event.VerifyFound, "verify had findings %s"}, {&event.VerifyUnchecked, "verify could not check all %s"},
		{&event.SealRotated, "a rotated file was read again, and was as it was sealed, %s"}, {&event.SealDiffers, "a rotated file was read again, and was not as it was sealed, %s"},
		{&event.SealCentral, "a central server sealed what its files had got, lines of other programs too, %s"},
	} {
		if t := m.sum(of.kind); t.n > 0 {
			say := fmt.Sprintf(of.say, often(t.n))
			if of.kind == &event.VerifyOK && lines > 0 {
				say += fmt.Sprintf(" (all runs checked %s)", report.Count(lines, "line"))
			}
			q.say(of.kind.Code, &t, "%s", say)
		}
	}
	if len(without) > 0 {
		q.Verdict = report.InPart
		q.missing("no run of verify has left an event at %s: httpd-syslog-verify.timer is off there; and httpd_syslog verify --central leaves none", names(without))
	}
	if len(rare) > 0 {
		q.Verdict = report.InPart
		q.missing("days without a run of verify at %s", names(rare))
	}
	return q
}

// kept is 10.5.1.
func (m *Maker) kept(r *report.Report) *requirement {
	q := newRequirement("10.5.1", "Logs are kept for twelve months", report.Shown)
	var short []string
	least, all := 0, 0
	for i, h := range m.sorted() {
		told, of := m.covered(r, h)
		if i == 0 || told < least {
			least = told
		}
		if all = of; told < of {
			short = append(short, fmt.Sprintf("%s (%d of %d)", h.name, told, of))
		}
	}
	say := fmt.Sprintf("every host has told events on every day of the period (%s)", report.Count(uint64(all), "day"))
	if len(short) > 0 {
		say = fmt.Sprintf("every host has told events on every day of the period (%s), but for %s", report.Count(uint64(all), "day"), names(short))
	}
	if len(m.sorted()) > 0 {
		var t tally
		q.say("days", &t, "%s", say)
	}
	m.removed(q)
	if t := m.sum(&event.CollectRemoved); t.n > 0 {
		q.say("removed", &t, "a file of a collector was removed, or packed, for its age %s", often(t.n))
	}
	if len(short) > 0 || r.To.Sub(r.From) < year {
		q.Verdict = report.InPart
	}
	if r.To.Sub(r.From) < year {
		q.missing("the period is shorter than twelve months")
	}
	q.missing("that the lines themselves are there: httpd_syslog verify finds those that are not")
	return q
}

// removed says how old the youngest file was that was removed from a log directory.
func (m *Maker) removed(q *requirement) {
	var youngest retained
	var n uint64
	var at string
	for _, h := range m.sorted() {
		n += h.retained.n
		if h.retained.n > 0 && (youngest.n == 0 || h.retained.youngest < youngest.youngest) {
			youngest, at = h.retained, h.name
		}
	}
	if n == 0 {
		return
	}
	old := report.Count(uint64(max(0, youngest.youngest)/(24*time.Hour)), "day")
	q.Statements = append(q.Statements, report.Statement{
		Code: "removed", Refs: []report.Ref{youngest.ref}, More: n - 1,
		Say: fmt.Sprintf("%s of local logs were removed; the youngest, at %s, had been rotated %s before", report.Count(n, "file"), at, old),
	})
	if youngest.youngest < year {
		q.Verdict = report.InPart
		q.missing("local files were removed before they were twelve months old: the central server has to have them")
	}
}

const year = 365 * 24 * time.Hour

// clockOf is 10.6.
func (m *Maker) clockOf(r *report.Report) *requirement {
	q := newRequirement("10.6", "Clocks are synchronised", report.InPart)
	var good, bad tally
	var none []string
	var worst clock
	var host string
	for _, h := range m.sorted() {
		good.join(&h.clock.good)
		bad.join(&h.clock.notRefs)
		if h.clock.good.n+h.clock.notRefs.n == 0 {
			none = append(none, h.name)
		}
		if h.clock.error > worst.error {
			worst, host = h.clock, h.name
		}
	}
	if good.n > 0 && bad.n == 0 {
		q.say("clock", &good, "at each heartbeat the kernel held its clock for synchronised")
	} else if bad.n > 0 {
		q.say("clock", &bad, "at heartbeats the kernel did not hold its clock for synchronised")
	}
	if worst.error > 0 {
		var t tally
		t.add(worst.ref)
		q.say("clock_error", &t, "the greatest error of a clock, as its kernel has it, was %s, at %s", worst.error.Round(time.Microsecond), host)
	}
	for _, of := range []struct {
		kind *event.Kind
		say  string
	}{{&event.ClockForward, "a clock went forward %s"}, {&event.ClockBack, "a clock went back %s"}, {&event.ZoneChanged, "a time zone was changed %s"}} {
		if t := m.sum(of.kind); t.n > 0 {
			q.say("steps", &t, of.say, often(t.n))
		}
	}
	if len(none) > 0 {
		q.missing("of the clock of %s nothing is told: there are no heartbeats in the period, or they do not say", names(none))
	}
	q.missing("which time servers there are, and who may change them")
	return q
}

// failures is 10.7.2 and 10.7.3.
func (m *Maker) failures(r *report.Report) *requirement {
	q := newRequirement("10.7.2, 10.7.3", "Failures are noticed and answered", report.Shown)
	var begun, over, noted, open tally
	for i := range r.Incidents {
		in := &r.Incidents[i]
		begun.add(in.Refs[0])
		switch {
		case in.IsOpen():
			open.add(in.Refs[0])
		case len(in.Notes) > 0:
			noted.add(in.Notes[len(in.Notes)-1].Event)
			fallthrough
		default:
			over.add(in.Refs[len(in.Refs)-1])
		}
	}
	q.say("incidents", &begun, "%s, each with begin, end, duration and cause in the list of incidents", report.Count(begun.n, "incident"))
	if begun.n > 0 {
		q.say("incidents_over", &over, "%s over", report.CountAre(over.n, "incident"))
		q.say("incidents_open", &open, "%s open", report.CountAre(open.n, "incident"))
		q.say("incidents_noted", &noted, "of %s that are over somebody has noted cause and remedy", report.Count(noted.n, "incident"))
	}
	q.missing("who was told of an incident, and how soon: alerts go by your monitoring")
	return q
}
