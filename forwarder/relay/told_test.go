package relay

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/status"
	"httpd-syslog/forwarder/testbed"
	"httpd-syslog/forwarder/transport"
)

// TestRefusalsAreTold: of lines and of events, that are cut or set aside.
func TestRefusalsAreTold(t *testing.T) {
	t.Parallel()
	poison := func(m string) bool { return !strings.Contains(m, "poison") }
	for code, c := range map[string]struct {
		line, event string
		takes       func(string) bool
	}{
		"relay.refused":       {testbed.Long(20000), "one", atMost(8192)},
		"relay.set_aside":     {"poison", "one", poison},
		"relay.refused_event": {"line", testbed.Long(1500), atMost(1000)},
		"relay.event_aside":   {"line", "poison", poison},
	} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			state := stateDir(t)
			synctest.Test(t, func(t *testing.T) {
				catalog, w := spooledTexts(t, state, testbed.TextsWith(500, map[int]string{100: c.line}))
				w.Event(c.event)
				w.Texts("the last")
				w.Close()
				if err := catalog.Refresh(); err != nil {
					t.Fatal(err)
				}
				server := &choosyServer{takes: c.takes}
				r := newFakeRelay(t, state, catalog, &fakeServer{server.dial}, Options{Rewind: time.Hour, RewindBytes: 1 << 30})
				if !inFakeTime(t, r, 10*time.Minute, func() bool {
					st := r.progress.RelayHealth()
					return st.State == status.RelayUp && st.Refused == 1 && server.has("the last")
				}) {
					t.Fatalf("%+v", r.progress.RelayHealth())
				}
				testbed.WantTold(t, eventsOf(t, r, state), code, "relay.doubt", "relay.down", "relay.up")
			})
		})
	}
}

// TestOutageWithAnotherReason: it is told when a minute has passed, and not each time.
func TestOutageWithAnotherReason(t *testing.T) {
	t.Parallel()
	state := stateDir(t)
	synctest.Test(t, func(t *testing.T) {
		var tries atomic.Int32
		server := &fakeServer{func(context.Context) (transport.Session, error) {
			return nil, fmt.Errorf("try: %w", map[bool]error{true: unix.ECONNREFUSED, false: unix.EHOSTUNREACH}[tries.Add(1)%2 == 0])
		}}
		r := newFakeRelay(t, state, spooledLines(t, state, 10), server, Options{})
		inFakeTime(t, r, 10*time.Minute, func() bool { return false })
		told := eventsOf(t, r, state)
		testbed.WantTold(t, told, "relay.down", "relay.still_down")
		if n := strings.Count(told, "{event=relay.still_down "); n > 10 || n >= int(tries.Load()) {
			t.Errorf("%d events of %d tries within ten minutes", n, tries.Load())
		}
	})
}
