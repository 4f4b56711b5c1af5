package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"httpd-syslog/forwarder"
)

// Level ranks findings.
type Level int

const (
	OK      Level = iota
	Waiting       // lines wait in the spool, where they are safe, and go on by themselves
	Warning       // somebody should see to it
	Failing       // what the program is for is not done
)

// String is the word that a person reads first.
func (l Level) String() string {
	return [...]string{"OK", "WAITING", "WARNING", "FAILING"}[l]
}

// Finding is one thing to know.
type Finding struct {
	Level  Level
	What   string // without figures: the same as long as the state is
	Detail string // figures, errors, what to do; may be empty
}

// String is the finding in one line.
func (f Finding) String() string {
	if f.Detail == "" {
		return f.What
	}
	return f.What + ": " + f.Detail
}

// keepingUp is how old a waiting line may be without being worth a word: it is on
// its way.
const keepingUp = 10 * time.Second

// SpoolWarning is the share of the spool's limit from which on it is nearly full.
const SpoolWarning = .8

// Findings are what there is to know, the worst first. There is always one.
func Findings(st *forwarder.Status) []Finding {
	var all []Finding
	if f, ok := undelivered(st); ok {
		all = append(all, f)
	}
	all = append(all, local(st)...)
	all = append(all, rotated(st)...)
	all = append(all, service(st)...)
	if st.Delivery.Running {
		for i := range st.Relays {
			all = append(all, relay(st, &st.Relays[i])...)
		}
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
func Unready(st *forwarder.Status) (reasons []string) {
	if !st.Delivery.Running {
		reasons = append(reasons, "nobody delivers")
	}
	if st.Local.Error != "" {
		reasons = append(reasons, "the local log is not written: "+Visible(st.Local.Error))
	}
	return reasons
}

// Oldest is the age of the oldest line that waits, 0 if none does.
func Oldest(st *forwarder.Status, b *forwarder.Backlog) time.Duration {
	if b.Oldest.IsZero() {
		return 0
	}
	return max(0, st.Time.Sub(b.Oldest))
}

// waits reports whether a line does. Events alone do not count: they say how the
// delivery goes and need none.
func waits(b *forwarder.Backlog) bool { return b.Lines > 0 || !b.Oldest.IsZero() }

// backlog is what waits, in words.
func backlog(st *forwarder.Status, b *forwarder.Backlog) string {
	if !waits(b) {
		return "no line waits"
	}
	verb := "wait"
	if b.Lines == 1 {
		verb = "waits"
	}
	return fmt.Sprintf("%s (%s) %s, the oldest for %s", Lines(b.Lines), Size(b.Bytes), verb, Age(Oldest(st, b)))
}

// undelivered is found where lines wait and nobody delivers.
func undelivered(st *forwarder.Status) (Finding, bool) {
	most := longest(st)
	if st.Delivery.Running || !waits(most) {
		return Finding{}, false
	}
	return Finding{Failing, "nobody delivers",
		backlog(st, most) + "; start the service (systemctl start httpd-syslog), and see journalctl -u httpd-syslog if it does not stay"}, true
}

// longest is the backlog of the consumer that lags most.
func longest(st *forwarder.Status) *forwarder.Backlog {
	most := &st.Local.Backlog
	for i := range st.Relays {
		if b := &st.Relays[i].Backlog; b.Lines > most.Lines || !waits(most) {
			most = b
		}
	}
	return most
}

func local(st *forwarder.Status) (all []Finding) {
	l := &st.Local
	for _, f := range l.Found {
		all = append(all, Finding{Warning, "a file of the local log is not as it was recorded",
			Visible(f.String()) + "; found " + Clock(f.Time, st.Time) + "; httpd_syslog status --acknowledge, when somebody has seen to it"})
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
		all = append(all, Finding{Failing, what, Visible(l.Error) + "; " + backlog(st, &l.Backlog)})
	case st.Delivery.Running && Oldest(st, &l.Backlog) > keepingUp:
		all = append(all, Finding{Waiting, "the local log lags behind", backlog(st, &l.Backlog)})
	}
	return all
}

// rotated has what keeps rotated files from being compressed, or removed in time.
func rotated(st *forwarder.Status) []Finding {
	r := &st.Local.Rotated
	if r.Error == "" {
		return nil
	}
	what, why, _ := strings.Cut(r.Error, ": ")
	detail := Visible(why) + "; it is tried again every minute"
	if r.Failed > 1 {
		detail = fmt.Sprintf("%s files, the first: %s", Count(uint64(r.Failed)), detail)
	}
	return []Finding{{Warning, Visible(what), detail}}
}

// service has what concerns the process that delivers and the machine.
func service(st *forwarder.Status) (all []Finding) {
	if d := &st.Delivery; d.Rejected != "" {
		detail := Visible(d.Rejected)
		if !d.Loaded.IsZero() {
			detail += "; the one loaded at " + Clock(d.Loaded, st.Time) + " stays in force"
		}
		all = append(all, Finding{Warning, "the configuration was rejected", detail})
	}
	for i := range st.Listeners {
		if l := &st.Listeners[i]; l.Error != "" {
			all = append(all, Finding{Warning, "nothing is taken in on " + Visible(l.URL), Visible(l.Error)})
		} else if l.MaxConnections > 0 && l.Connections >= l.MaxConnections {
			all = append(all, Finding{Warning, Visible(l.URL) + " has as many connections as it may",
				fmt.Sprintf("%d, and %s were turned away; raise connections of [[listen]]", l.Connections, Count(l.TurnedAway))})
		}
	}
	if s := &st.Spool; s.Max > 0 && float64(s.Bytes) > SpoolWarning*float64(s.Max) {
		all = append(all, Finding{Warning, "the spool is nearly full",
			fmt.Sprintf("%s of %s; once it is full, lines are lost to the relays that lag", Size(s.Bytes), Size(s.Max))})
	}
	return all
}

func relay(st *forwarder.Status, r *forwarder.RelayStatus) []Finding {
	detail := backlog(st, &r.Backlog)
	switch {
	case r.State == forwarder.RelayDown:
		what := "relay " + Visible(r.Name) + " is down"
		if !r.Since.IsZero() {
			what += " since " + Clock(r.Since, st.Time)
		}
		if r.Error != "" {
			detail += "; last error: " + Visible(r.Error)
		}
		return []Finding{{Waiting, what, detail}}
	case Oldest(st, &r.Backlog) > keepingUp:
		return []Finding{{Waiting, "relay " + Visible(r.Name) + " lags behind",
			fmt.Sprintf("%s; %s lines/s are accepted", detail, Rate(r.Rate))}}
	}
	return nil
}

// well is the finding where there is no other. Lines that are on their way do not
// change what it says, since there are always some.
func well(st *forwarder.Status) Finding {
	f := Finding{OK, "everything is delivered", ""}
	if len(st.Relays) == 0 {
		f = Finding{OK, "everything is in the local log", "no relay is configured: local files only"}
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
