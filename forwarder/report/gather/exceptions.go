package gather

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/report"
	"httpd-syslog/forwarder/report/span"
)

// exceptions are what is not as it should be, what is open first.
func (m *Maker) exceptions(r *report.Report, all []*incident) (list []report.Statement) {
	add := func(s ...report.Statement) { list = append(list, s...) }
	for _, in := range all {
		if in.IsOpen() {
			add(openIncident(r, in))
		}
	}
	for _, h := range m.sorted() {
		add(h.alterations(m)...)
		add(h.unchecked()...)
		add(h.clear(r)...)
		add(m.uncovered(r, h)...)
		add(h.clocks(m, r)...)
	}
	add(m.access()...)
	add(unnoted(all)...)
	for _, h := range m.sorted() {
		add(h.losses()...)
	}
	for i := range list {
		list[i].Requirement = cmp.Or(list[i].Requirement, concerned[list[i].Code])
	}
	slices.SortStableFunc(list, func(a, b report.Statement) int { return cmp.Compare(bit(b.Open), bit(a.Open)) })
	return list
}

// concerned are the requirements that sorts of exceptions concern.
var concerned = map[string]string{
	"incident_open": "10.7.2", "no_note": "10.7.3", "file_altered": "10.3.4", "chain_broken": "10.3.4", "two_texts": "10.3.4", "file_found": "10.3.4",
	"verify_found": "10.3.4", "cards_in_clear": "3.3.1, 3.5.1", "truncation_off": "3.5.1", "scan_found": "3.3.1, 3.5.1", "not_covered": "10.5.1", "clock": "10.6", "access": "10.3.1, 10.3.2",
	"lines_lost": "10.3.3", "lines_lost_to_relay": "10.3.3", "lines_left_out": "10.3.3", "lines_cut": "10.3.3",
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

func openIncident(r *report.Report, in *incident) report.Statement {
	requirement := ""
	say := fmt.Sprintf("open since %s: %s", r.At(in.Begin), in.Say)
	if !in.Begun {
		say = fmt.Sprintf("open, its begin is before the events that were read: %s", in.Say)
	}
	if in.Code == event.GapOpen.Code {
		requirement = "10.3.3"
		say = fmt.Sprintf("lines are missing since %s: of %s %s of lines did not come, and no event says why", r.At(in.Begin), in.Subject, report.Count(in.Lines, "number"))
		if events := in.ranges.Events(); events > 0 {
			say += fmt.Sprintf("; %s of events, too", report.Count(events, "number"))
		}
	}
	return report.Statement{Code: "incident_open", Host: in.Host, Say: say + "; incident " + in.ID, Open: true, Refs: in.Refs, More: in.More, Requirement: requirement}
}

// alterations are files and chains that are not as they were sealed or written, each sort with its events.
func (h *host) alterations(m *Maker) (list []report.Statement) {
	for _, of := range []struct {
		kind      *event.Kind
		say, code string
	}{
		{&event.SealDiffers, "rotated files are not as they were sealed", "file_altered"},
		{&event.SealAnew, "bytes of a file were added, cut or exchanged by somebody else", "file_altered"},
		{&event.SealBroken, "the chain of seals was broken, and another one begun", "chain_broken"},
		{&event.CollectAltered, "numbers came again with another text", "two_texts"},
		{&event.CollectShort, "files of the collector were shortened or exchanged", "file_altered"},
		{&event.CollectGone, "files of the collector were removed while they were written", "file_altered"},
	} {
		t := h.counts[of.kind.Code]
		if t == nil {
			continue
		}
		refs, more := t.named()
		s := report.Statement{Code: of.code, Host: h.name, Say: fmt.Sprintf("%s (%s): %s", of.say, report.Count(t.n, "event"), h.said[of.kind.Code]), Open: true, Refs: refs, More: more}
		if of.kind.Single {
			t.singles.Finish(&s, m.notes, m.show)
		}
		list = append(list, s)
	}
	found, seen := h.counts[event.FileFound.Code], h.counts[event.FileAcknowledged.Code]
	if found != nil {
		refs, more := found.named()
		open := seen == nil || seen.last.Time.Before(found.last.Time)
		say := "local files were found to be others than recorded (" + report.Count(found.n, "event") + ")"
		if !open {
			say += ", and somebody has acknowledged that"
			refs = append(refs, seen.last)
		}
		list = append(list, report.Statement{Code: "file_found", Host: h.name, Say: say, Open: open, Refs: refs, More: more})
	}
	return list
}

// unchecked tells of runs of verify with findings.
func (h *host) unchecked() []report.Statement {
	t := h.counts[event.VerifyFound.Code]
	if t == nil {
		return nil
	}
	refs, more := t.named()
	s := report.Statement{Code: "verify_found", Host: h.name, Refs: refs, More: more, Open: !h.checks.good.Time.After(h.checks.bad.Time)}
	s.Say = fmt.Sprintf("%s of verify had findings; the last: %s", report.Count(t.n, "run"), h.checks.badSay)
	if !s.Open {
		s.Say += "; a later run has found nothing"
		s.Refs = append(s.Refs, h.checks.good)
	}
	return []report.Statement{s}
}

// clear tells of card numbers in clear, and of days without truncation.
func (h *host) clear(r *report.Report) (list []report.Statement) {
	if n, t, where := h.cardCount(event.CardsFound.Code); n > 0 {
		refs, more := t.named()
		list = append(list, report.Statement{
			Code: "cards_in_clear", Host: h.name, Open: true, Refs: refs, More: more,
			Say: fmt.Sprintf("%s stored in clear on %s (%s): %s", report.Count(n, "card number"), report.Count(uint64(len(where.days)), "day"), span.SayDays(sortedDays(where.days)), where.networks()),
		})
	}
	if t := h.counts[event.CardsScanFound.Code]; t != nil {
		refs, more := t.named()
		open := !h.scans.clean.Time.After(h.scans.found.Time)
		say := h.said[event.CardsScanFound.Code]
		if !open {
			say, refs = say+"; a later one has found none", append(refs, h.scans.clean)
		}
		list = append(list, report.Statement{Code: "scan_found", Host: h.name, Open: open, Refs: refs, More: more, Say: say})
	}
	offs, _ := h.offs(r.From, r.To)
	for i := 0; i < len(offs) && i < maxOffs; i++ {
		o := offs[i]
		all := span.Days([]span.Run{o.Run}, r.Zone)
		list = append(list, report.Statement{
			Code: "truncation_off", Host: h.name, Open: true, Refs: o.refs,
			Say: fmt.Sprintf("card numbers were not truncated on %s (%s): the configuration said %s", report.Count(uint64(len(all)), "day"), span.SayDays(all), o.what),
		})
	}
	return list
}

const maxOffs = 20

// counted says where card numbers were counted.
type counted struct {
	days map[span.Day]struct{}
	by   map[string]uint64
}

func (c *counted) networks() string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(c.by)) {
		parts = append(parts, fmt.Sprintf("%s %s", name, report.Group(c.by[name])))
	}
	return strings.Join(parts, ", ")
}

// cardCount counts the card numbers that events of a code have told of.
func (h *host) cardCount(code string) (n uint64, t tally, where counted) {
	where = counted{make(map[span.Day]struct{}), make(map[string]uint64)}
	for key, c := range h.cards {
		if key.code != code {
			continue
		}
		n += c.count
		t.join(&c.tally)
		maps.Copy(where.days, c.days)
		where.by[cmp.Or(key.network, "any")] += c.count
	}
	return n, t, where
}

func sortedDays(set map[span.Day]struct{}) []span.Day { return slices.Sorted(maps.Keys(set)) }

// uncovered tells of times of which nothing is known.
func (m *Maker) uncovered(r *report.Report, h *host) (list []report.Statement) {
	for _, g := range m.gaps(r, h) {
		if g.say == "" {
			continue
		}
		if len(list) == maxGaps {
			list = append(list, report.Statement{Code: "not_covered", Host: h.name, Open: true, Say: "there are more times of which nothing is known"})
			break
		}
		list = append(list, report.Statement{Code: "not_covered", Host: h.name, Open: g.open, Refs: g.refs, Say: fmt.Sprintf("%s from %s to %s", g.say, r.At(time.UnixMicro(g.Begin)), r.At(time.UnixMicro(g.End)))})
	}
	return list
}

const maxGaps = 50

// unnoted are incidents that are over, and of which nobody has said why they were: by host and sort.
func unnoted(all []*incident) (list []report.Statement) {
	type sort struct{ host, code, subject string }
	by := make(map[sort][]*incident)
	var order []sort
	for _, in := range all {
		if !in.NeedsNote() {
			continue
		}
		key := sort{in.Host, in.Code, in.Subject}
		if by[key] == nil {
			order = append(order, key)
		}
		by[key] = append(by[key], in)
	}
	for _, key := range order {
		ins := by[key]
		var t tally
		var longest time.Duration
		var ids []string
		for _, in := range ins {
			ids = append(ids, in.ID)
			for _, ref := range in.Refs {
				t.add(ref)
			}
			longest = max(longest, in.End.Sub(in.Begin))
		}
		what := key.code
		if key.subject != "" {
			what += " of " + key.subject
		}
		took := report.Lasted(longest)
		if len(ins) > 1 {
			took = "the longest " + took
		}
		say := fmt.Sprintf("%s over, and nobody has noted cause and remedy: %s, %s%s", report.CountAre(uint64(len(ins)), "incident"), what, took, report.Command(ids))
		refs, more := t.named()
		list = append(list, report.Statement{Code: "no_note", Host: key.host, Say: say, Open: true, Refs: refs, More: more})
	}
	return list
}

// losses are lines that somebody does not have, and events say so.
func (h *host) losses() (list []report.Statement) {
	add := func(code string, n uint64, say string, kinds ...*event.Kind) {
		if n == 0 {
			return
		}
		var t tally
		for _, k := range kinds {
			t.join(h.counts[k.Code])
		}
		refs, more := t.named()
		list = append(list, report.Statement{Code: code, Host: h.name, Say: fmt.Sprintf(say, report.Count(n, "line")), Refs: refs, More: more})
	}
	add("lines_lost", h.lostForAll(), "%s lost everywhere; events name the numbers", &event.LinesDropped, &event.MessagesDropped, &event.LinesMissing, &event.SpoolDamaged, &event.SpoolDamagedAway, &event.EventsLost)
	for _, name := range slices.Sorted(maps.Keys(h.relays)) {
		add("lines_lost_to_relay", h.relays[name].lost.Count(), "%s not sent to relay "+strings.ReplaceAll(name, "%", "%%")+"; the local log has them, and events name the numbers", &event.RelayGivenUp, &event.RelaySetAside, &event.ConfigRelayRemoved)
	}
	add("lines_left_out", h.lines.leftOut.Count(), "%s left out of the local log, whose disk was full; every server has them", &event.LogLeftOut)
	add("lines_cut", h.lines.cut.Count(), "%s cut at their end, here or for a server", &event.LinesCut, &event.MessagesCut, &event.RelayCut, &event.RelayRefused)
	return list
}
