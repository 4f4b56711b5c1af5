package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"httpd-syslog/forwarder/status"
	"httpd-syslog/forwarder/status/senders"
	"httpd-syslog/forwarder/words"
)

// writeStatus writes a Status for people: first whether all is well, then figures
// for which 80 columns suffice.
func writeStatus(w io.Writer, st *status.Status) error {
	var b bytes.Buffer
	for _, f := range words.Findings(st) {
		fmt.Fprintf(&b, "%s: %s\n", f.Level, f.What)
		if f.Detail != "" {
			fmt.Fprintf(&b, "    %s\n", f.Detail)
		}
	}
	b.WriteByte('\n')
	writeDelivery(&b, st)
	writeConsumers(&b, st)
	writeStreams(&b, st)
	writeListeners(&b, st)
	writeRelays(&b, st)
	_, err := w.Write(b.Bytes())
	return err
}

func writeDelivery(b *bytes.Buffer, st *status.Status) {
	d := &st.Delivery
	who := "nobody at the moment"
	if d.Running {
		who = "a process that an intake has started"
		if d.Service {
			who = "the system service"
		}
		who += fmt.Sprintf(", process %d", d.PID)
		if d.Version != "" {
			who += ", version " + words.Visible(d.Version)
		}
		if !d.Since.IsZero() {
			who += ", for " + words.Age(st.Time.Sub(d.Since))
		}
	}
	fmt.Fprintf(b, "delivered by   %s\n", who)
	if d.Config != "" {
		fmt.Fprintf(b, "configuration  %s", words.Visible(d.Config))
		if !d.Loaded.IsZero() {
			fmt.Fprintf(b, ", loaded %s ago", words.Age(st.Time.Sub(d.Loaded)))
		}
		b.WriteByte('\n')
	}
	fmt.Fprintf(b, "state          %s\n", words.Visible(string(st.StateDir)))
	if st.Local.Dir != "" {
		fmt.Fprintf(b, "local log      %s\n", words.Visible(st.Local.Dir))
	}
	if seals := words.Seals(st); seals != "" {
		fmt.Fprintf(b, "seals          %s\n", seals)
	}
	if verified := words.Verified(st); verified != "" {
		fmt.Fprintf(b, "verified       %s\n", verified)
	}
	fmt.Fprintf(b, "spool          %s in %s", words.Size(st.Spool.Bytes), files(st.Spool.Files))
	if st.Spool.Max > 0 {
		fmt.Fprintf(b, ", of %s", words.Size(st.Spool.Max))
	}
	b.WriteByte('\n')
}

func files(n int) string {
	if n == 1 {
		return "1 file"
	}
	return fmt.Sprintf("%d files", n)
}

func writeConsumers(b *bytes.Buffer, st *status.Status) {
	t := table{{"CONSUMER", "STATE", "WAITING", "SIZE", "OLDEST", "LINES/S", "ACCEPTED"}}
	var written uint64
	for i := range st.Streams {
		written += st.Streams[i].Local
	}
	t.consumer("local log", localState(st), st, &st.Local.Backlog, st.Local.Rate, written)
	for i := range st.Relays {
		r := &st.Relays[i]
		state := string(r.State)
		if r.State == status.RelayUnknown {
			state = "-"
		}
		t.consumer(r.Name, state, st, &r.Backlog, r.Rate, r.Lines)
	}
	t.write(b)
}

func localState(st *status.Status) string {
	switch {
	case st.Local.Error != "":
		return "FAILS"
	case !st.Delivery.Running:
		return "-"
	}
	return "written"
}

func writeStreams(b *bytes.Buffer, st *status.Status) {
	if len(st.Streams) == 0 {
		return
	}
	t := table{{"STREAM", "LINES IN", "SIZE", "LOCAL LOG", "LEFT OUT", "DROPPED"}}
	for i := range st.Streams {
		s := &st.Streams[i]
		t = append(t, []string{short(s.Name), words.Count(s.Lines), words.Size(int64(s.Bytes)),
			words.Count(s.Local), words.Count(s.LeftOut), words.Count(s.Dropped)})
	}
	t.write(b)
	b.WriteString(words.CardNumbersOf(st))
	b.WriteString(words.Collected(st))
}

// writeSenders writes those that somebody has asked for, the worst first.
func writeSenders(w io.Writer, st *status.Status, found *senders.Selection) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s of %s senders\n", words.Count(uint64(found.Found)), words.Count(uint64(found.All)))
	for i := range found.Senders {
		b.WriteString("    " + words.Sender(st, &found.Senders[i]) + "\n")
	}
	_, err := w.Write(b.Bytes())
	return err
}

func connectionsText(l *status.Listener) string {
	if l.MaxConnections == 0 { // datagrams have no connections, and an older program does not tell
		return fmt.Sprintf("%d connections", l.Connections)
	}
	return fmt.Sprintf("%d of %d connections", l.Connections, l.MaxConnections)
}

// writeListeners has each on lines of its own: an address can be long.
func writeListeners(b *bytes.Buffer, st *status.Status) {
	for i := range st.Listeners {
		l := &st.Listeners[i]
		fmt.Fprintf(b, "\nlistener %s\n", words.Visible(l.URL))
		if l.Error != "" {
			fmt.Fprintf(b, "    does not listen: %s\n", words.Visible(l.Error))
		}
		fmt.Fprintf(b, "    %s messages, %s open, refused: %s\n", words.Count(l.Messages), connectionsText(l), refusedText(l.Refused))
		if odd := words.Oddities(l); odd != "" {
			fmt.Fprintf(b, "    %s\n", odd)
		}
	}
}

func refusedText(byReason map[string]uint64) string {
	var all []string
	for _, reason := range words.Reasons(byReason) {
		all = append(all, words.Count(byReason[reason])+" "+words.Visible(reason))
	}
	if len(all) == 0 {
		return "none"
	}
	return strings.Join(all, ", ")
}

// writeRelays writes of each relay what does not fit into the table of consumers.
func writeRelays(b *bytes.Buffer, st *status.Status) {
	for i := range st.Relays {
		r := &st.Relays[i]
		fmt.Fprintf(b, "\nrelay %s\n", words.Visible(r.Name))
		for _, s := range words.Servers(r) {
			fmt.Fprintf(b, "    %s\n", s)
		}
		if half, ok := words.Within(&r.Latency, .5); ok {
			most, _ := words.Within(&r.Latency, .99)
			fmt.Fprintf(b, "    delay: half of the lines %s, 99 %% %s\n", words.Bound(half), words.Bound(most))
		}
		fmt.Fprintf(b, "    %s repeated, %s given up, %s connections broken\n", words.Count(r.Repeated), words.Count(r.GivenUp), words.Count(r.Failures))
		if r.Error != "" {
			fmt.Fprintf(b, "    last error%s: %s\n", ago(st, r), words.Visible(r.Error))
		}
	}
}

func ago(st *status.Status, r *status.Relay) string {
	if r.ErrorAt.IsZero() {
		return ""
	}
	return ", " + words.Age(st.Time.Sub(r.ErrorAt)) + " ago"
}

// table is rows of cells, the first with the heads of the columns.
type table [][]string

func (t *table) consumer(name, state string, st *status.Status, b *status.Backlog, rate float64, accepted uint64) {
	oldest := "-"
	if !b.Oldest.IsZero() {
		oldest = words.Age(words.Oldest(st, b))
	}
	*t = append(*t, []string{short(name), state, words.Count(b.Lines), words.Size(b.Bytes), oldest, words.Rate(rate), words.Count(accepted)})
}

// write aligns names to the left and figures to the right.
func (t table) write(b *bytes.Buffer) {
	width := make([]int, len(t[0]))
	for _, row := range t {
		for i, cell := range row {
			width[i] = max(width[i], utf8.RuneCountInString(cell))
		}
	}
	b.WriteByte('\n')
	for _, row := range t {
		fmt.Fprintf(b, "%-*s", width[0], row[0])
		for i, cell := range row[1:] {
			fmt.Fprintf(b, "  %*s", width[i+1], cell)
		}
		b.WriteByte('\n')
	}
}

// short cuts a name to what a table of 80 columns has room for.
func short(name string) string {
	const most = 11
	r := []rune(words.Visible(name))
	if len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return string(r)
}
