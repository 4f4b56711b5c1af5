package relay

import (
	"fmt"
	"testing"

	"httpd-syslog/forwarder/relay/servers"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/status"
	"httpd-syslog/forwarder/testbed"
	"httpd-syslog/forwarder/transport"
)

// TestRelayFindsTheAddressThatTakesLines: where most of a name's addresses refuse, the one that
// does not is found at once, and nothing is told. Where all do that is an outage.
func TestRelayFindsTheAddressThatTakesLines(t *testing.T) {
	boxes, port := testbed.Mailboxes(t, "127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5")
	for _, b := range boxes[:4] {
		b.Close()
	}
	testbed.NewNameServer(t, "127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5")
	tr, err := transport.New(transport.Server{Scheme: "udp", Host: "logs.example.net.", Port: port}, transport.Options{})
	if err != nil {
		t.Fatal(err)
	}
	state := stateDir(t)
	r := newFakeRelay(t, state, spooledLines(t, state, 10), nil, Options{})
	r.servers = servers.New([]transport.Transport{tr}, testServers)
	wake, end := start(t, r)
	testbed.Eventually(t, "all lines are there", func() bool {
		for n := range 10 {
			if !boxes[4].HasEnding(fmt.Sprintf(" line %d", n+1)) {
				return false
			}
		}
		return true
	})
	down := func() bool {
		s := r.progress.RelayHealth()
		return s.State == status.RelayDown
	}
	if down() {
		t.Error("that counts as an outage")
	}
	boxes[4].Close()
	w := testbed.NewLineWriter(t, statedir.Dir(state), "access")
	w.Lines(1)
	w.Close()
	if err := r.catalog.Refresh(); err != nil {
		t.Fatal(err)
	}
	wake <- struct{}{}
	testbed.Eventually(t, "an outage", down)
	end()
}
