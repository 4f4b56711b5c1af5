package words

import (
	"fmt"
	"strings"

	"httpd-syslog/forwarder/status"
)

// collector finds what is wrong at a collector.
func collector(st *status.Status) (all []Finding) {
	c := st.Collect
	if c == nil {
		return nil
	}
	if c.Error != "" {
		all = append(all, Finding{Level: Failing, What: "messages cannot be written to the files of [collect], and wait in the spool", Detail: Visible(c.Error)})
	}
	if c.Elsewhere > 0 {
		all = append(all, Finding{Level: Failing, What: "files of [collect] cannot be written, and their lines go elsewhere", Detail: fmt.Sprintf("%s files; %s; the events collect.elsewhere name them, and where their lines are",
			Count(uint64(c.Elsewhere)), Visible(c.ElsewhereCause))})
	}
	if c.Missing > 0 {
		all = append(all, Finding{Level: Failing, What: "lines of senders are missing", Detail: fmt.Sprintf("%s numbers did not come, and no event says why: %s; the events gap.open name them",
			Count(c.Missing), sendersWith(c, func(s *status.Sender) bool { return s.Missing > 0 }))})
	}
	if c.Silent > 0 {
		all = append(all, Finding{Level: Failing, What: "senders are silent", Detail: sendersWith(c, func(s *status.Sender) bool { return s.Silent })})
	}
	return append(all, collectedSeals(st)...)
}

// sendersWith names some senders.
func sendersWith(c *status.Collect, is func(*status.Sender) bool) string {
	const most = 5
	var names []string
	for i := range c.Senders {
		if !is(&c.Senders[i]) {
			continue
		}
		if len(names) == most {
			names = append(names, "…")
			break
		}
		names = append(names, Visible(c.Senders[i].Name))
	}
	return strings.Join(names, ", ")
}

// Collected is what a collector has done, in lines; empty: there is none.
func Collected(st *status.Status) string {
	c := st.Collect
	if c == nil {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "collected in %s\n    from %s senders, %s of them silent: %s messages, %s not written again, %s with a number that was known; numbers: %s missing, %s late, %s explained; %s messages wait\n",
		Visible(c.Dir), Count(uint64(c.Known)), Count(uint64(c.Silent)), Count(c.Messages), Count(c.Repeated), Count(c.Altered), Count(c.Missing), Count(c.Late), Count(c.Lost), Count(c.Backlog.Lines))
	if c.Seals != nil {
		b.WriteString("    seals: " + CollectedSeals(c.Seals, st.Time) + "\n")
	}
	if c.Returned > 0 {
		fmt.Fprintf(&b, "    %s messages came back from where they had been sent, and were left out\n", Count(c.Returned))
	}
	const most = 10
	for i := range c.Senders[:min(most, len(c.Senders))] {
		b.WriteString("    " + Sender(st, &c.Senders[i]) + "\n")
	}
	if more := c.Known - most; more > 0 {
		fmt.Fprintf(&b, "    and %s more: these are the worst; --sender NAME shows any, --json all\n", Count(uint64(more)))
	}
	return b.String()
}

// Sender is what is known of a sender, in a line.
func Sender(st *status.Status, s *status.Sender) string {
	state := "last heard " + s.Last.Format("2006-01-02 15:04:05")
	if s.Last.IsZero() {
		state = "never heard"
	}
	if s.Silent {
		state = "SILENT, " + state
	}
	text := fmt.Sprintf("%s: %s, %s late, %s messages (%s/s), %s missing, %s not written again",
		Visible(s.Name), state, Delay(s.Delay), Count(s.Messages), Rate(s.Rate), Count(s.Missing), Count(s.Repeated))
	if until, known := CertificateOf(st, s.Name); known {
		text += ", its certificate " + expires(until, st.Time)
	}
	return text
}
