package locallog

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"httpd-syslog/forwarder/consumer"
	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/testbed"
)

// acceptAll has another consumer accept all that the spool has.
func (s *site) acceptAll(relay *consumer.Progress) {
	s.t.Helper()
	must(s.t, s.catalog.Refresh())
	c := cursor.Record{Accepted: spool.Positions{}}
	for _, f := range s.catalog.Files() {
		size, err := f.Size()
		must(s.t, err)
		c.Accepted[f.ID] = spool.Position{Offset: size}
	}
	relay.Publish(c)
}

// TestNumbersLeftOutOfHostsFiles: of the lines that belong to a host's file, events name exactly those that it does
// not have, though lines of other hosts stand among them; also where a kill has left a file that has lines which the
// record does not know of.
func TestNumbersLeftOutOfHostsFiles(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	s := hostSite(t, 10)
	w := s.writer("access")
	hosts := []string{"a.example", "b.example", "c.example"}
	of := map[uint64]string{} // the host of each line
	spoolSome := func() {
		for range 1 + r.IntN(3) {
			var text strings.Builder
			some := hosts[r.IntN(len(hosts)):] // often not all
			for n := w.Next; n < w.Next+uint64(1+r.IntN(4)); n++ {
				of[n] = some[r.IntN(len(some))]
				fmt.Fprintf(&text, "%s 192.0.2.1 %d.\n", of[n], n)
			}
			w.Text(text.String())
		}
	}
	said := map[string]string{} // by writer and number: a full disk leaves events out of audit_log, too
	listen := func() {
		for f := range testbed.Frames(t, s.stateDir.Spool()) {
			if f.Kind == frame.Event {
				said[fmt.Sprint(f.Head.File.Writer, f.First)] = strings.TrimSuffix(string(f.Payload), "\n")
			}
		}
	}
	for range 20 {
		listen()
		l, end := s.beginLocal()
		s.others = s.base(statedir.RelayCursor("central")).Progress
		for range 5 {
			spoolSome()
			s.acceptAll(s.others)
			l.shortage.Full, l.shortage.LookedAt = r.IntN(2) == 0, time.Now().Add(time.Hour)
			must(t, s.step(l))
		}
		l.shortage.Full = false
		listen()
		if r.IntN(2) == 0 {
			end()
			continue
		}
		must(t, l.commit())
		spoolSome()
		must(t, s.step(l)) // not committed
		s.killLocal(l)
	}
	w.Close()
	s.others = nil
	l, end := s.beginLocal()
	must(t, s.step(l))
	listen()
	end()

	named := map[string]map[uint64]int{}
	for _, text := range said {
		told, _ := event.Parse(text)
		if told.Code != "log.left_out" || told.Get("file") == "audit_log" {
			continue
		}
		host, _, _ := strings.Cut(told.Get("file"), "/")
		if named[host] == nil {
			named[host] = map[uint64]int{}
		}
		own := 0
		for _, r := range told.Ranges() {
			for n := r.First; n <= r.Last; n++ {
				if of[n] == host {
					named[host][n]++
					own++
				}
			}
		}
		if fmt.Sprint(own) != told.Get("lines") {
			t.Errorf("%d numbers of %s's lines: %s", own, host, text)
		}
	}
	missing := 0
	for n := uint64(1); n < w.Next; n++ {
		has := strings.Count(s.local(of[n]+"/access_log"), fmt.Sprintf(" %d.\n", n))
		if has+named[of[n]][n] != 1 {
			t.Errorf("line %d is in the file of %s %d times, and named as left out %d times", n, of[n], has, named[of[n]][n])
		}
		missing += 1 - has
	}
	t.Logf("%d lines of %d hosts, %d are left out", w.Next-1, len(hosts), missing)
	if missing == 0 {
		t.Error("nothing is left out")
	}
}
