package collector

import (
	"slices"
	"time"

	"httpd-syslog/forwarder/collector/numbers"
	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/seal"
	"httpd-syslog/forwarder/verify/ledger"
)

// told takes what an event of a sender, which was rendered, says of the sender's numbers.
func (c *Collector) told(s *numbers.Sender, received time.Time) {
	t, ok := event.Parse(string(c.renderer.Text))
	if !ok {
		return
	}
	kind := event.Find(t.Code)
	if kind == nil {
		return // a newer version's
	}
	if kind == &event.SealLines {
		c.sealed(s, string(c.renderer.Text), received)
		return
	}
	if kind == &event.ServiceEnd {
		s.Ends(c.renderer.Row.Writer)
		return
	}
	c.accounted(s, kind.Accounts, &t, received)
}

// accounted takes the numbers that an event accounts for.
func (c *Collector) accounted(s *numbers.Sender, as event.Account, t *event.Told, received time.Time) {
	writer := ledger.WriterOf(t.Get("writer"))
	switch as {
	case event.Lost, event.LostToRelay:
		for _, r := range t.Ranges() {
			s.Lost(rowOf(r), r.First, r.Last, received)
		}
	case event.Given:
		for _, r := range t.Ranges() {
			s.Promised(rowOf(r), r.Last, received)
		}
	case event.Begun:
		if writer != 0 && (len(c.o.Streams) == 0 || slices.Contains(c.o.Streams, t.Get("stream"))) {
			s.Begun(numbers.Row{Writer: writer}, received)
		}
	case event.Ended:
		if last, ok := t.Uint("last"); ok && writer != 0 {
			s.Ended(writer, last, received)
		}
		if last, ok := t.Uint("last_event"); ok && writer != 0 {
			s.Promised(numbers.Row{Writer: writer, Audit: true}, last, received)
		}
	}
}

// sealed takes a seal: its numbers were given.
func (c *Collector) sealed(s *numbers.Sender, text string, received time.Time) {
	one, err := seal.Parse(text)
	if err != nil || one.Lines == nil {
		return
	}
	row := numbers.Row{Writer: ledger.WriterOf(one.Lines.Writer), Audit: one.Lines.Class == seal.OfEvents}
	if row.Writer != 0 {
		s.Promised(row, one.Lines.Last, received)
	}
}

func rowOf(r event.Range) numbers.Row {
	return numbers.Row{Writer: ledger.WriterOf(r.Writer), Audit: r.Audit}
}
