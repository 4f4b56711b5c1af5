package collector

import (
	"fmt"
	"time"

	"httpd-syslog/forwarder/collector/numbers"
	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/seal"
)

// news makes events of what the numbers tell.
type news struct{ c *Collector }

func (n *news) tell(e event.Event) {
	n.c.state.dirty = true
	n.c.Events.Tell(e)
}

// Missing implements numbers.Teller.
func (n *news) Missing(s *numbers.Sender, key numbers.Row, ranges []numbers.Range) {
	lines := uint64(0)
	for _, r := range ranges {
		lines += r.Last - r.First + 1
	}
	e := event.GapOpen.With("sender", s.Name, "lines", lines)
	for _, r := range ranges {
		e.Ranges = append(e.Ranges, event.Range{Writer: writerName(key), First: r.First, Last: r.Last, Audit: key.Audit})
	}
	n.tell(e)
}

// Closed implements numbers.Teller.
func (n *news) Closed(s *numbers.Sender) { n.tell(event.GapClosed.With("sender", s.Name)) }

// Altered implements numbers.Teller.
func (n *news) Altered(s *numbers.Sender, key numbers.Row, number uint64) {
	n.tell(event.CollectAltered.With("number", number, "sender", s.Name, "writer", writerName(key), "class", classOf(key)))
}

// Full implements numbers.Teller.
func (n *news) Full(s *numbers.Sender, _ numbers.Row, what string, bound int) {
	n.tell(event.CollectBound.With("sender", s.Name, "what", what, "max", bound))
}

// Silent implements numbers.Teller.
func (n *news) Silent(s *numbers.Sender, since time.Time) {
	when := "never"
	if !since.IsZero() {
		when = "at " + since.UTC().Format(time.RFC3339)
	}
	n.tell(event.HostSilent.With("sender", s.Name, "time", when))
}

// Back implements numbers.Teller.
func (n *news) Back(s *numbers.Sender) { n.tell(event.HostBack.With("sender", s.Name)) }

// writerName names a writer by what all its PROCIDs end with.
func writerName(key numbers.Row) string { return fmt.Sprintf("%016x", key.Writer) }

func classOf(key numbers.Row) seal.Class {
	if key.Audit {
		return seal.OfEvents
	}
	return seal.OfLines
}
