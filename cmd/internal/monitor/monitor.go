// Package monitor is how a status looks to Nagios and Icinga: one line, and an exit status.
package monitor

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"httpd-syslog/cmd/internal/cli"
	"httpd-syslog/forwarder/status"
	"httpd-syslog/forwarder/words"
)

// Exit statuses of a monitoring plugin, as Nagios and Icinga know them.
const (
	ok = iota
	warning
	critical
	unknown
)

// rank orders the exit statuses by weight: a known fault weighs more than an unknown state.
var rank = [...]int{ok: 0, unknown: 1, warning: 2, critical: 3}

var inWords = [...]string{"OK", "WARNING", "CRITICAL", "UNKNOWN"}

// Check writes the one line of a monitoring plugin, and returns its exit status. problem
// is what is wrong with the configuration; nil: nothing.
func Check(w io.Writer, st *status.Status, problem error, warn, crit time.Duration) int {
	all := complaints(st, warn, crit)
	if problem != nil {
		all = append(all, complaint{warning, "configuration: " + words.Visible(problem.Error())})
	}
	slices.SortStableFunc(all, func(a, b complaint) int { return cmp.Compare(rank[b.status], rank[a.status]) })
	texts := make([]string, len(all))
	for i, c := range all {
		texts[i] = c.text
	}
	return plugin(w, all[0].status, strings.Join(texts, "; "), perfdata(st, warn, crit))
}

// Unknown is a monitoring plugin's answer when there is nothing to judge.
func Unknown(w io.Writer, err error) int {
	text := words.Visible(err.Error())
	if h := cli.Hinter(nil); errors.As(err, &h) {
		text += "; " + h.Hint()
	}
	return plugin(w, unknown, text, nil)
}

// plugin writes a plugin's line. A bar separates text from figures, so there can be none in the text.
func plugin(w io.Writer, status int, text string, figures []string) int {
	line := fmt.Sprintf("HTTPD_SYSLOG %s - %s", inWords[status], strings.ReplaceAll(text, "|", "/"))
	if len(figures) > 0 {
		line += " | " + strings.Join(figures, " ")
	}
	fmt.Fprintln(w, line)
	return status
}

// complaint is one finding as a monitoring plugin judges it.
type complaint struct {
	status int
	text   string
}

// complaints are the findings as a monitoring plugin judges them. There is at least one, which
// may be that all is well.
func complaints(st *status.Status, warn, crit time.Duration) (all []complaint) {
	for _, f := range words.Findings(st) {
		status := ok // of lines that wait: their age decides below, unless something holds them up
		switch {
		case f.Level == words.Unknown:
			status = unknown
		case f.Level == words.Warning, f.Held && f.Level == words.Waiting:
			status = warning
		case f.Level == words.Failing:
			status = critical
		}
		all = append(all, complaint{status, f.String()})
	}
	for _, c := range consumers(st) {
		age := words.Oldest(st, c.backlog)
		late := max(0, age-c.delay)
		text := fmt.Sprintf("the oldest line for %s has waited for %s", c.title, words.Age(age))
		switch {
		case late > crit:
			all = append(all, complaint{critical, text})
		case late > warn:
			all = append(all, complaint{warning, text})
		}
	}
	return all
}

// consumerBacklog is what waits for one consumer.
type consumerBacklog struct {
	label   string // of the consumer's figures
	title   string
	backlog *status.Backlog
	delay   time.Duration // for which lines wait by intent
}

func consumers(st *status.Status) []consumerBacklog {
	all := []consumerBacklog{{"local_log", "the local log", &st.Local.Backlog, 0}}
	for i := range st.Relays {
		r := &st.Relays[i]
		name := words.Visible(r.Name)
		all = append(all, consumerBacklog{"relay_" + name, "relay " + name, &r.Backlog, r.Delay})
	}
	return all
}

// perfdata are the figures: 'label'=value[unit];warn;crit;min;max.
func perfdata(st *status.Status, warn, crit time.Duration) (all []string) {
	add := func(label, value string) { all = append(all, perfLabel(label)+"="+value) }
	for _, c := range consumers(st) {
		add(c.label+"_oldest", fmt.Sprintf("%.0fs;%g;%g;0", words.Oldest(st, c.backlog).Seconds(), (warn+c.delay).Seconds(), (crit+c.delay).Seconds()))
		add(c.label+"_lines", fmt.Sprintf("%d;;;0", c.backlog.Lines))
		add(c.label+"_bytes", fmt.Sprintf("%dB;;;0", c.backlog.Bytes))
	}
	limits := ";;;0"
	if st.Spool.Max > 0 {
		limits = fmt.Sprintf(";%.0f;;0;%d", words.SpoolWarning*float64(st.Spool.Max), st.Spool.Max)
	}
	add("spool", fmt.Sprintf("%dB%s", st.Spool.Bytes, limits))
	for i := range st.Streams {
		s := &st.Streams[i]
		name := "stream_" + words.Visible(s.Name)
		add(name+"_lines", fmt.Sprintf("%dc", s.Lines))
		add(name+"_dropped", fmt.Sprintf("%dc", s.Dropped))
	}
	return all
}

// perfLabel quotes a label, which cannot have an equals sign.
func perfLabel(s string) string {
	s = strings.NewReplacer("=", "_", "|", "_", "'", "''").Replace(s)
	return "'" + s + "'"
}
