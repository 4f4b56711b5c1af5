package gather

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/report"
	"httpd-syslog/forwarder/report/span"
)

// requirement is one that is put together.
type requirement struct{ report.Requirement }

func newRequirement(number, title string, verdict report.Verdict) *requirement {
	return &requirement{report.Requirement{Number: number, Title: title, Verdict: verdict}}
}

// requirements are what is shown, by requirement.
func (m *Maker) requirements(r *report.Report) (list []report.Requirement) {
	entries := newRequirement("10.2.2", "What each log entry has", report.Yours)
	entries.missing("which fields a line has is the web server's LogFormat; lines are not read for this report")
	reviews := newRequirement("10.4", "Logs are reviewed", report.Yours)
	reviews.missing("who has looked at the lines, and when, stands in no event")
	for _, q := range []*requirement{
		m.cardNumbers(r), m.beginAndEnd(), entries, m.accessNow(), m.promptly(r), m.integrity(r), reviews, m.kept(r), m.clockOf(r), m.failures(r),
	} {
		if len(r.Hosts) == 0 {
			q.showNothing()
		}
		list = append(list, q.Requirement)
	}
	return list
}

// showNothing takes back what rests on no event, where there are none. How files lie there is seen all the same.
func (q *requirement) showNothing() {
	q.Statements = slices.DeleteFunc(q.Statements, func(s report.Statement) bool { return s.Code != owners })
	if q.Verdict != report.Yours && len(q.Statements) == 0 {
		q.Verdict, q.Missing = report.None, []string{"there is no event of the period"}
	}
}

// say adds a statement that rests on what was counted.
func (q *requirement) say(code string, t *tally, format string, args ...any) {
	refs, more := t.named()
	q.Statements = append(q.Statements, report.Statement{Code: code, Say: fmt.Sprintf(format, args...), Refs: refs, More: more})
}

func (q *requirement) missing(format string, args ...any) {
	q.Missing = append(q.Missing, fmt.Sprintf(format, args...))
}

// cardNumbers is 3.3.1 and 3.5.1.
func (m *Maker) cardNumbers(r *report.Report) *requirement {
	q := newRequirement("3.3.1, 3.5.1", "Card numbers are not stored in clear", report.InPart)
	for _, of := range []struct {
		kind      *event.Kind
		say, code string
	}{
		{&event.CardsFound, "stored in clear: %s in lines", "cards_found"},
		{&event.CardsTruncated, "truncated before anything was written: %s in lines", "cards_truncated"},
		{&event.CardsExcepted, "left as they are, since [card_numbers] says that they are none: %s", "cards_excepted"},
	} {
		var n uint64
		var t tally
		all := counted{make(map[span.Day]struct{}), make(map[string]uint64)}
		for _, h := range m.sorted() {
			more, tally, where := h.cardCount(of.kind.Code)
			n += more
			t.join(&tally)
			maps.Copy(all.days, where.days)
			for name, k := range where.by {
				all.by[name] += k
			}
		}
		say := fmt.Sprintf(of.say, report.Count(n, "card number"))
		if of.kind != &event.CardsExcepted && n > 0 {
			say += fmt.Sprintf(", on %s: %s", report.Count(uint64(len(all.days)), "day"), all.networks())
		}
		if n > 0 || of.kind != &event.CardsExcepted {
			q.say(of.code, &t, "%s", say)
		}
	}
	m.truncation(r, q)
	if t := m.sum(&event.CardsScanned, &event.CardsScanFound); t.n > 0 {
		q.say("scans", &t, "files were scanned for card numbers %s", often(t.n))
	} else {
		q.missing("files from before, and what else lies there: httpd_syslog scan --tell looks through them, and leaves an event")
	}
	q.missing("numbers that rules and check digits miss")
	return q
}

// truncation says on how many days card numbers were truncated, as the configurations had it.
func (m *Maker) truncation(r *report.Report, q *requirement) {
	var unknown []string
	var t tally
	off := make(map[string]int)
	for _, h := range m.sorted() {
		offs, known := h.offs(r.From, r.To)
		if !known {
			unknown = append(unknown, h.name)
		}
		var runs []span.Run
		for _, o := range offs {
			runs = append(runs, o.Run)
			for _, ref := range o.refs {
				t.add(ref)
			}
		}
		if n := len(span.Days(runs, r.Zone)); n > 0 {
			off[h.name] = n
		}
	}
	if n := len(m.sorted()) - len(unknown); n > 0 {
		say := "by configuration card numbers were truncated all the time"
		if len(off) > 0 {
			say = "by configuration card numbers were truncated, but for"
			for i, name := range slices.Sorted(maps.Keys(off)) {
				if i > 0 {
					say += ","
				}
				say += fmt.Sprintf(" %s on %s", report.Count(uint64(off[name]), "day"), name)
			}
		}
		q.say("truncation", &t, "%s", say)
	}
	if len(unknown) > 0 {
		q.missing("whether truncation was on is not told by %s", names(unknown))
	}
}

// names are some names in words.
func names(all []string) string {
	const most = 8
	if len(all) > most {
		return strings.Join(all[:most], ", ") + fmt.Sprintf(" and %s", report.Count(uint64(len(all)-most), "other"))
	}
	return strings.Join(all, ", ")
}

// beginAndEnd is 10.2.1.6.
func (m *Maker) beginAndEnd() *requirement {
	q := newRequirement("10.2.1.6", "Begin, end and pause of logging", report.Shown)
	for _, of := range []struct {
		say   string
		kinds []*event.Kind
	}{
		{"the service began %s", []*event.Kind{&event.ServiceBegin}},
		{"the service ended in good order %s", []*event.Kind{&event.ServiceEnd}},
		{"a deliverer without the service began %s", []*event.Kind{&event.DelivererBegin}},
		{"the logging of a stream began %s", []*event.Kind{&event.IntakeBegin, &event.InletBegin}},
		{"the logging of a stream ended in good order %s", []*event.Kind{&event.IntakeEnd, &event.InletEnd}},
		{"a writer was gone without a word %s", []*event.Kind{&event.WriterGone}},
		{"a changed configuration came into force %s", []*event.Kind{&event.ConfigLoaded}},
		{"a configuration was rejected, and the one before stayed in force, %s", []*event.Kind{&event.ConfigRejected}},
		{"a relay or the log directory was changed %s", []*event.Kind{&event.ConfigRelayAdded, &event.ConfigRelayRemoved, &event.ConfigLogDir}},
		{"a local file was rotated %s", []*event.Kind{&event.LogRotated}},
		{"seals began, or were turned off, %s", []*event.Kind{&event.SealChain, &event.SealOff}},
	} {
		if t := m.sum(of.kinds...); t.n > 0 {
			q.say("times", &t, of.say, often(t.n))
		}
	}
	if len(q.Statements) == 0 {
		q.Verdict = report.InPart
		q.missing("there are no such events in the period")
	}
	return q
}

func often(n uint64) string {
	if n == 1 {
		return "once"
	}
	return report.Group(n) + " times"
}

// accessNow is 10.3.1 and 10.3.2.
func (m *Maker) accessNow() *requirement {
	q := newRequirement("10.3.1, 10.3.2", "Who may read and write the logs", report.InPart)
	q.Statements = m.owners()
	q.missing("this is how the files that were read lie there now; who is in the groups, who may become root, and how it was before, is yours to show")
	return q
}

// promptly is 10.3.3.
func (m *Maker) promptly(r *report.Report) *requirement {
	q := newRequirement("10.3.3", "Logs are promptly at the central server", report.Shown)
	var slowest relay
	var where string
	silent := 0
	var noBeats []string
	for _, h := range m.sorted() {
		if !h.beats {
			noBeats = append(noBeats, h.name)
		}
		for _, name := range slices.Sorted(maps.Keys(h.relays)) {
			if rl := h.relays[name]; rl.delay > slowest.delay {
				slowest, where = relay{delay: rl.delay, ref: rl.ref}, name+" of "+h.name
			}
		}
	}
	if slowest.delay > 0 {
		var t tally
		t.add(slowest.ref)
		q.say("delay", &t, "the greatest delay of a line was %s, outages included: relay %s", slowest.delay.Round(time.Millisecond), where)
	}
	outages, longest, total := tally{}, time.Duration(0), time.Duration(0)
	for i := range r.Incidents {
		in := &r.Incidents[i]
		switch in.Code {
		case event.RelayDown.Code:
			end := in.End
			if in.IsOpen() || end.After(r.To) {
				end = r.To
			}
			d := end.Sub(in.Begin)
			outages.add(in.Refs[0])
			longest, total = max(longest, d), total+d
		case event.HostSilent.Code:
			silent++
		}
	}
	if outages.n > 0 {
		q.say("outages", &outages, "%s of a relay, %s in all, the longest %s; lines waited in the spool meanwhile", report.Count(outages.n, "outage"), report.Lasted(total), report.Lasted(longest))
	} else {
		q.say("outages", &outages, "no relay had an outage")
	}
	if silent > 0 {
		t := m.sum(&event.HostSilent)
		q.say("silent", &t, "a sender was silent at a collector %s", often(uint64(silent)))
	}
	m.never(r, q)
	if len(noBeats) > 0 {
		q.Verdict = report.InPart
		q.missing("the delay at %s: there are no heartbeats in the period", names(noBeats))
	}
	return q
}

// never says which lines never came to a central server.
func (m *Maker) never(r *report.Report, q *requirement) {
	var missing, everywhere, relays uint64
	var t tally
	for i := range r.Incidents {
		in := &r.Incidents[i]
		if in.Code == event.GapOpen.Code && in.IsOpen() {
			missing += in.Lines
			for _, ref := range in.Refs {
				t.add(ref)
			}
		}
	}
	for _, h := range m.sorted() {
		everywhere += h.lostForAll()
		for _, name := range slices.Sorted(maps.Keys(h.relays)) {
			relays += h.relays[name].lost.Count()
		}
	}
	lost := m.sum(&event.LinesDropped, &event.MessagesDropped, &event.LinesMissing, &event.RelayGivenUp, &event.RelaySetAside)
	t.join(&lost)
	if missing+everywhere+relays == 0 {
		q.say("never", &t, "no line is known that never came to a central server")
		return
	}
	q.say("never", &t, "%s never came to a central server: %s missing without a word, %s lost everywhere and %s to one relay, as events say number by number",
		report.Count(missing+everywhere+relays, "line"), report.Group(missing), report.Group(everywhere), report.Group(relays))
}
