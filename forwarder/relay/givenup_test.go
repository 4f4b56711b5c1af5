package relay

import (
	"fmt"
	"strings"
	"testing"

	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/stream"
)

// TestEventsAreGivenUp: of a file that has events alone the numbers are told, though no line of the web server is
// given up with it; and a relay that gets no events does not lack them.
func TestEventsAreGivenUp(t *testing.T) {
	t.Parallel()
	for streams, told := range map[string]bool{"": true, "access": false} {
		state := stateDir(t)
		w := spool.NewWriter(spool.WriterOptions{Dir: statedir.Dir(state).Spool(), Stream: stream.Audit})
		for n := range uint64(3) {
			if _, err := w.Write(frame.AppendEvent(nil, frame.Frame{First: n + 1}, "something has happened")); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		c := spool.NewCatalog(statedir.Dir(state).Spool())
		if err := c.Refresh(); err != nil {
			t.Fatal(err)
		}
		var o Options
		if streams != "" {
			o.Streams = []string{streams}
		}
		r := newFakeRelay(t, state, c, &fakeServer{}, o)
		for _, f := range c.Files() {
			r.progress.AskToGiveUp(f)
		}
		r.giveUp()
		for _, f := range c.Files() {
			if size, err := f.Size(); err != nil || r.window.Safe()[f.ID].Offset != size || !r.record.dirty {
				t.Errorf("streams %q: safe up to %v of %d bytes, to be recorded: %t, %v", streams, r.window.Safe()[f.ID], size, r.record.dirty, err)
			}
		}
		want := fmt.Sprintf("0 lines are given up, 0 so far; the local log has them {event=relay.given_up relay=%s lines=0 total=0 writer=%s class=audit first=1 last=3}", r.o.Name, w.ID().ProcID())
		if got := eventsOf(t, r, state); strings.Contains(got, want) != told || strings.Contains(got, "given_up") != told {
			t.Errorf("streams %q: %q, want %q", streams, got, want)
		}
	}
}
