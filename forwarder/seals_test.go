package forwarder

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/seal"
	"httpd-syslog/forwarder/testbed"
	"httpd-syslog/forwarder/testbed/sealtest"
)

// TestHeartbeat: while a deliverer lives it tells the last seal, the open writers and how its relays are.
func TestHeartbeat(t *testing.T) {
	t.Parallel()
	c := testbed.NewCentral(t)
	s := newSite(t, relayTo(c, "central"))
	s.o.Log.Seal, s.o.Timing.Heartbeat = 50*time.Millisecond, 100*time.Millisecond
	w := s.writer("access")
	w.Lines(7)
	stop := s.deliver()
	var h seal.Heartbeat
	testbed.Eventually(t, "a heartbeat behind a seal", func() bool {
		for _, text := range c.Events() {
			told, _ := event.Parse(text)
			if beat, err := seal.ParseHeartbeat(&told); err == nil && beat.N > 0 && len(beat.Writers) > 0 {
				h = beat
				return true
			}
		}
		return false
	})
	stop()
	testbed.WantTold(t, strings.Join(c.Events(), "\n"), "deliverer.heartbeat", "seal.chain", "seal.lines", "seal.file")
	if w := h.Writers[0]; w.Last != 7 || w.First != 1 || w.Audit {
		t.Errorf("writers: %+v", h.Writers)
	}
	if len(h.Relays) != 1 || h.Relays[0].Name != "central" || h.Chain == "" {
		t.Errorf("%+v", h)
	}
	t.Logf("clock: %+v", h.Clock)
}

// TestLastSeals: at the end of a deliverer all that it has read is sealed, and the servers have the seals.
func TestLastSeals(t *testing.T) {
	t.Parallel()
	c := testbed.NewCentral(t)
	s := newSite(t, relayTo(c, "central"))
	s.o.Log.Seal = time.Hour
	w := s.writer("access")
	for range 2 {
		w.Lines(100)
		stop := s.deliver()
		testbed.Eventually(t, "all lines at the server", func() bool { return c.Count()%100 == 0 && c.Count() > 0 })
		stop()
	}
	l := sealtest.New()
	for _, m := range c.Messages() {
		class := seal.OfLines
		if m.Stream == "audit" {
			class = seal.OfEvents
		}
		l.Text(m.ProcID, class, number(t, m.Seq), m.Text)
	}
	pieces, lost := l.Files(s.o.Log.Dir)
	for _, problem := range l.Problems() {
		t.Error(problem)
	}
	if l.Unsealed() != 0 || len(l.Extents()) != 1 || len(lost) != 0 || pieces == 0 {
		t.Errorf("%d lines are not sealed; chains %+v; %d pieces, lost %v\n%s", l.Unsealed(), l.Extents(), pieces, lost, strings.Join(c.Events(), "\n"))
	}
}

func number(t *testing.T, text string) uint64 {
	t.Helper()
	n, err := strconv.ParseUint(text, 10, 64)
	must(t, err)
	return n
}

// TestFirstHeartbeat: it comes as long after the begin as each after the one before.
func TestFirstHeartbeat(t *testing.T) {
	d := &deliverer{beats: beats{writers: func() []event.Range { t.Error("a heartbeat"); return nil }}}
	d.o.Log.Seal = time.Minute
	now := time.Now()
	d.beat(now)
	d.beat(now.Add(d.o.Timing.heartbeat() - 1))
}
