package collector

import (
	"testing"
	"time"

	"httpd-syslog/forwarder/collector/numbers"
)

// TestNews: each thing that numbers tell becomes an event that says of whom, of which writer and which numbers, and makes a
// record be due.
func TestNews(t *testing.T) {
	at := time.Date(2026, 11, 27, 4, 28, 28, 0, time.FixedZone("", 3600))
	lines, events := numbers.Row{Writer: 0xa1}, numbers.Row{Writer: 0xa1, Audit: true}
	for name, tt := range map[string]struct {
		tell func(n *news, s *numbers.Sender)
		want string
	}{
		"missing": {func(n *news, s *numbers.Sender) {
			n.Missing(s, lines, []numbers.Range{{First: 2, Last: 3}, {First: 7, Last: 7}})
		}, `gap.open sender=web1 lines=3 writer=00000000000000a1 first=2 last=3 first=7 last=7`},
		"missing events":   {func(n *news, s *numbers.Sender) { n.Missing(s, events, []numbers.Range{{First: 2, Last: 2}}) }, `gap.open sender=web1 lines=1 writer=00000000000000a1 class=audit first=2 last=2`},
		"closed":           {func(n *news, s *numbers.Sender) { n.Closed(s) }, `gap.closed sender=web1`},
		"altered":          {func(n *news, s *numbers.Sender) { n.Altered(s, lines, 7) }, `collect.altered number=7 sender=web1 writer=00000000000000a1 class=lines`},
		"an altered event": {func(n *news, s *numbers.Sender) { n.Altered(s, events, 7) }, `collect.altered number=7 sender=web1 writer=00000000000000a1 class=audit`},
		"full":             {func(n *news, s *numbers.Sender) { n.Full(s, lines, "rows", 9) }, `collect.bound sender=web1 what=rows max=9`},
		"silent":           {func(n *news, s *numbers.Sender) { n.Silent(s, at) }, `host.silent sender=web1 time="at 2026-11-27T03:28:28Z"`},
		"never heard":      {func(n *news, s *numbers.Sender) { n.Silent(s, time.Time{}) }, `host.silent sender=web1 time=never`},
		"back":             {func(n *news, s *numbers.Sender) { n.Back(s) }, `host.back sender=web1`},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			c := s.begin()
			c.state.dirty = false
			tt.tell(&news{c}, c.book.Sender("web1"))
			s.expectTold(tt.want)
			if !c.state.dirty {
				t.Error("no record is due")
			}
			s.end(c)
		})
	}
}
