package main

import (
	"encoding/json"
	"strings"
	"syscall"
	"testing"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/status"
	"httpd-syslog/forwarder/testbed"
)

// told are the events of a code in the audit log.
func (s *site) told(code string) (all []event.Told) {
	for line := range strings.Lines(s.local("audit_log")) {
		if told, ok := event.Parse(strings.TrimSuffix(line, "\n")); ok && told.Code == code {
			all = append(all, told)
		}
	}
	return all
}

// awaitTold waits for an event of a code.
func (s *site) awaitTold(code string) event.Told {
	s.t.Helper()
	testbed.Eventually(s.t, code, func() bool { return len(s.told(code)) > 0 })
	return s.told(code)[0]
}

// incidents are the open ones that the status has.
func (s *site) incidents() []status.Incident {
	s.t.Helper()
	var st status.Status
	out, _ := s.command(nil, "status", "--json", "--config", s.config).Output() // its exit status tells how the delivery is doing
	if err := json.Unmarshal(out, &st); err != nil {
		s.t.Fatalf("%v: %s", err, out)
	}
	return st.Incidents
}

// checkOneOutage holds that there was one outage of the relay, told once from begin to end.
func (s *site) checkOneOutage() {
	s.t.Helper()
	down, up, caughtUp := s.told("relay.down"), s.told("relay.up"), s.told("relay.caught_up")
	if len(down) != 1 || len(up) != 1 || len(caughtUp) > 1 {
		s.t.Fatalf("%d events of the begin, %d of the end, %d of a backlog that is delivered", len(down), len(up), len(caughtUp))
	}
	for _, told := range append(up, caughtUp...) {
		if told.Incident == "" || told.Incident != down[0].Incident {
			s.t.Errorf("%s is of incident %q, relay.down of %q", told.Code, told.Incident, down[0].Incident)
		}
	}
}

// TestOutageOverRestarts: an outage that deliverers do not live to see the end of is told once, as one
// incident, which the status has as long as it lasts.
func TestOutageOverRestarts(t *testing.T) {
	t.Parallel()
	s, srv := newSite(t), newServer(t)
	s.configure("%s%s", s.places(), srv.relay("central"))
	f, w := s.pipe()
	for i := range 4 {
		writeLines(t, w, i*10+1, i*10+10)
		down := s.awaitTold("relay.down")
		if len(s.told("relay.down")) != 1 || !strings.Contains(down.Incident, ".") {
			t.Errorf("%d events, incident %q", len(s.told("relay.down")), down.Incident)
		}
		testbed.Eventually(t, "the incident in the status", func() bool {
			open := s.incidents()
			return len(open) == 1 && open[0].ID == down.Incident && open[0].Code == "relay.down" && open[0].Subject == "central" && open[0].Cause != ""
		})
		pid := s.one("deliver")
		kill(t, pid, syscall.SIGKILL)
		s.another("deliver", pid)
	}
	srv.open()
	s.awaitTold("relay.up")
	testbed.Eventually(t, "no incident in the status", func() bool { return len(s.incidents()) == 0 })
	w.Close()
	f.wait(0)
	s.awaitEnd()
	s.checkOneOutage()
	if told := s.told("relay.caught_up"); len(told) != 1 {
		t.Errorf("%d events of a backlog that is delivered", len(told))
	}
}
