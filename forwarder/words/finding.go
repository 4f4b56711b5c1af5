package words

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"httpd-syslog/forwarder/status"
)

// Level ranks findings.
type Level int

const (
	OK      Level = iota
	Waiting       // lines wait in the spool, where they are safe, and go on by themselves
	Unknown       // the state is not known yet
	Warning       // somebody should see to it
	Failing       // what the program is for is not done
)

// String is the word that a person reads first.
func (l Level) String() string {
	return [...]string{"OK", "WAITING", "UNKNOWN", "WARNING", "FAILING"}[l]
}

// Finding is one thing that people should know of the delivery.
type Finding struct {
	Level  Level
	What   string // without figures: the same as long as the state is
	Detail string // figures, errors, what to do; may be empty
	Held   bool   // of lines that wait: something is wrong, not only slow
}

// String is the finding in one line.
func (f Finding) String() string {
	if f.Detail == "" {
		return f.What
	}
	return f.What + ": " + f.Detail
}

// keepingUp is the age below which a waiting line is on its way, and not worth a finding.
const keepingUp = 10 * time.Second

// SpoolWarning is the share of the spool's limit from which on it is nearly full.
const SpoolWarning = .8

// Findings are what there is to know, the worst first. There is always one.
func Findings(st *status.Status) []Finding {
	var all []Finding
	if f, ok := undelivered(st); ok {
		all = append(all, f)
	}
	all = append(all, spool(st)...)
	all = append(all, local(st)...)
	all = append(all, collector(st)...)
	all = append(all, rotated(st)...)
	all = append(all, seals(st)...)
	all = append(all, verified(st)...)
	all = append(all, service(st)...)
	all = append(all, troubles(st)...)
	if st.Delivery.Starting {
		all = append(all, Finding{Level: Unknown, What: "the delivery has just begun", Detail: "how it goes is not known yet"})
	}
	for i := range st.Relays {
		if st.Delivery.Running {
			all = append(all, relay(st, &st.Relays[i])...)
		}
		all = append(all, aside(&st.Relays[i])...)
	}
	if len(all) == 0 {
		return []Finding{well(st)}
	}
	slices.SortStableFunc(all, func(a, b Finding) int { return cmp.Compare(b.Level, a.Level) })
	return all
}

// Unready says why lines do not get to where they are kept on this machine, for a
// probe of readiness. A relay that is down is no reason: its lines wait in the spool,
// where they are safe, and taking the web server out of service would help nobody.
func Unready(st *status.Status) (reasons []string) {
	if !st.Delivery.Running {
		reasons = append(reasons, "nobody delivers")
	}
	if st.Local.Error != "" {
		reasons = append(reasons, "the local log is not written: "+Visible(st.Local.Error))
	}
	return reasons
}

// Oldest is the age of the oldest line that waits, 0 if none does.
func Oldest(st *status.Status, b *status.Backlog) time.Duration {
	if b.Oldest.IsZero() {
		return 0
	}
	return max(0, st.Time.Sub(b.Oldest))
}

// Late is for how long the oldest line has waited for a relay that was not to wait any more, 0 if none has.
func Late(st *status.Status, r *status.Relay) time.Duration {
	return max(0, Oldest(st, &r.Backlog)-r.Delay)
}

// waits reports whether a line waits. Events alone do not count: they are about the delivery itself.
func waits(b *status.Backlog) bool { return b.Lines > 0 || !b.Oldest.IsZero() }

// backlog is what waits, in words.
func backlog(st *status.Status, b *status.Backlog) string {
	if !waits(b) {
		return "no line waits"
	}
	verb := "wait"
	if b.Lines == 1 {
		verb = "waits"
	}
	return fmt.Sprintf("%s (%s) %s, the oldest for %s", Lines(b.Lines), Size(b.Bytes), verb, Age(Oldest(st, b)))
}

// undelivered is the finding that lines wait and nobody delivers, if that is so.
func undelivered(st *status.Status) (Finding, bool) {
	most := longest(st)
	if st.Delivery.Running || !waits(most) {
		return Finding{}, false
	}
	return Finding{Level: Failing, What: "nobody delivers", Detail: backlog(st, most) + "; start the service (systemctl start httpd-syslog), and see journalctl -u httpd-syslog if it does not stay"}, true
}

// longest is the backlog of the consumer that lags most.
func longest(st *status.Status) *status.Backlog {
	most := &st.Local.Backlog
	for i := range st.Relays {
		if b := &st.Relays[i].Backlog; b.Lines > most.Lines || !waits(most) {
			most = b
		}
	}
	return most
}

func local(st *status.Status) (all []Finding) {
	l := &st.Local
	for _, f := range l.Found {
		all = append(all, Finding{Level: Warning, What: "a file of the local log is not as it was recorded",
			Detail: Visible(f.String()) + "; found " + Clock(f.Time, st.Time) + "; httpd_syslog status --acknowledge, when somebody has seen to it"})
	}
	switch {
	case l.Error != "":
		what := "the local log is not written"
		switch {
		case len(l.Held) == 1:
			what = "a file of the local log is not written"
		case len(l.Held) > 1:
			what = "files of the local log are not written"
		}
		if !l.Since.IsZero() {
			what += " since " + Clock(l.Since, st.Time)
		}
		all = append(all, Finding{Level: Failing, What: what, Detail: Visible(l.Error) + "; " + backlog(st, &l.Backlog)})
	case st.Delivery.Running && Oldest(st, &l.Backlog) > keepingUp:
		all = append(all, Finding{Level: Waiting, What: "the local log lags behind", Detail: backlog(st, &l.Backlog)})
	}
	return all
}

// rotated has what keeps rotated files from being compressed, or removed in time.
func rotated(st *status.Status) []Finding {
	r := &st.Local.Rotated
	if r.Error == "" {
		return nil
	}
	what, why, _ := strings.Cut(r.Error, ": ")
	detail := Visible(why) + "; it is tried again every minute"
	if r.Failed > 1 {
		detail = fmt.Sprintf("%s files, the first: %s", Count(uint64(r.Failed)), detail)
	}
	return []Finding{{Level: Warning, What: Visible(what), Detail: detail}}
}

// service has what concerns the process that delivers and the machine.
func service(st *status.Status) (all []Finding) {
	if d := &st.Delivery; d.Rejected != "" {
		detail := Visible(d.Rejected)
		if !d.Loaded.IsZero() {
			detail += "; the one loaded at " + Clock(d.Loaded, st.Time) + " stays in force"
		}
		all = append(all, Finding{Level: Warning, What: "the configuration was rejected", Detail: detail})
	}
	for i := range st.Listeners {
		all = append(all, certificates(&st.Listeners[i], st.Time)...)
		if l := &st.Listeners[i]; l.Error != "" {
			all = append(all, Finding{Level: Warning, What: "nothing is taken in on " + Visible(l.URL), Detail: Visible(l.Error)})
		} else if l.MaxConnections > 0 && l.Connections >= l.MaxConnections {
			all = append(all, Finding{Level: Warning, What: Visible(l.URL) + " has as many connections as it may",
				Detail: fmt.Sprintf("%d, and %s were turned away; raise connections of [[listen]]", l.Connections, Count(l.TurnedAway))})
		}
	}
	if s := &st.Spool; s.Max > 0 && float64(s.Bytes) > SpoolWarning*float64(s.Max) {
		all = append(all, Finding{Level: Warning, What: "the spool is nearly full",
			Detail: fmt.Sprintf("%s of %s; once it is full, lines are lost to the relays that lag", Size(s.Bytes), Size(s.Max))})
	}
	return all
}

func relay(st *status.Status, r *status.Relay) []Finding {
	detail := backlog(st, &r.Backlog)
	switch {
	case r.State == status.RelayDown:
		what := "relay " + Visible(r.Name) + " is down"
		if !r.Since.IsZero() {
			what += " since " + Clock(r.Since, st.Time)
		}
		if r.Error != "" {
			detail += "; last error: " + Visible(r.Error)
		}
		return []Finding{{Level: Waiting, What: what, Detail: detail, Held: waits(&r.Backlog)}}
	case r.State == status.RelayStarts:
		return []Finding{{Level: Unknown, What: "relay " + Visible(r.Name) + " connects for the first time since the delivery began", Detail: detail}}
	case Late(st, r) > keepingUp:
		return []Finding{{Level: Waiting, What: "relay " + Visible(r.Name) + " lags behind",
			Detail: fmt.Sprintf("%s; %s lines/s are accepted", detail, Rate(r.Rate))}}
	}
	return nil
}

// aside has the messages that no server took.
func aside(r *status.Relay) []Finding {
	if r.AsideFile == "" {
		return nil
	}
	return []Finding{{Level: Warning, What: "messages of relay " + Visible(r.Name) + " are set aside",
		Detail: fmt.Sprintf("%s so far that no server takes, whatever is cut off; they are in %s, which is to be removed when somebody has seen to it", Count(r.Aside), Visible(r.AsideFile))}}
}

// well is the finding where there is no other. Lines on their way do not change its What, since
// there are always some.
func well(st *status.Status) Finding {
	f := Finding{What: "everything is delivered"}
	if len(st.Relays) == 0 {
		f = Finding{What: "everything is in the local log", Detail: "no relay is configured: local files only"}
	}
	switch most := longest(st); {
	case !st.Delivery.Running:
		f.Detail = "nothing waits, and nobody needs to deliver at the moment"
	case most.Lines == 1:
		f.Detail = "1 line is on its way"
	case most.Lines > 1:
		f.Detail = Lines(most.Lines) + " are on their way"
	}
	return f
}
