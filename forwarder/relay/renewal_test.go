package relay

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"httpd-syslog/forwarder/consumer"
	"httpd-syslog/forwarder/relay/pace"
	"httpd-syslog/forwarder/relay/servers"
	"httpd-syslog/forwarder/relay/window"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/syslogfmt"
	"httpd-syslog/forwarder/testbed"
	"httpd-syslog/forwarder/transport"
)

// stubbornSession is one whose server does not end it in good order.
type stubbornSession struct{ nullSession }

func (s *stubbornSession) Close(context.Context) error { return errors.New("not in good order") }

// TestRenewalNotInGoodOrder: the lines that may be lost come again, and an event says so.
func TestRenewalNotInGoodOrder(t *testing.T) {
	t.Parallel()
	state := stateDir(t)
	var sessions []*stubbornSession
	server := &fakeServer{func(context.Context) (transport.Session, error) {
		sessions = append(sessions, &stubbornSession{nullSession{breakage: newBreakage()}})
		return sessions[len(sessions)-1], nil
	}}
	r := newFakeRelay(t, state, spooledLines(t, state, 1000), server, Options{Rewind: time.Hour, RewindBytes: 1 << 20, Reconnect: time.Hour})
	_, end := start(t, r)
	testbed.Eventually(t, "all is sent", r.progress.AtEnd)
	r.Reloaded()
	testbed.Eventually(t, "all is sent again", func() bool { s := r.progress.RelayHealth(); return s.Repeated == 1000 && r.progress.AtEnd() })
	end()
	if len(sessions) != 2 || sessions[0].n != sessions[1].n {
		t.Errorf("%d sessions", len(sessions))
	}
	r.events.Close()
	texts, _ := testbed.Events(t, statedir.Dir(state))
	if text := strings.Join(texts, "\n"); !strings.Contains(text, "relay central: fake://server has not ended a connection in good order that was to be renewed: not in good order") {
		t.Errorf("events: %s", text)
	}
}

// plainSession takes messages without framing.
type plainSession struct{ nullSession }

func (*plainSession) Framing() syslogfmt.Framing { return syslogfmt.None }

// TestDataOfOnesOwn: each message of a relay that has some has it, and no other.
func TestDataOfOnesOwn(t *testing.T) {
	t.Parallel()
	r := &Relay{o: Options{Format: syslogfmt.RFC5424, Data: `[token@41058 tag="x"]`, MaxMessage: 2048}, renewal: pace.NewRenewal(0),
		servers: servers.New([]transport.Transport{&fakeServer{}}, testServers), progress: consumer.NewProgress(consumer.ProgressOptions{StateDir: statedir.Dir(t.TempDir()), Name: "relay", Catalog: nil}), window: window.New(window.Options{}, window.Start{})}
	r.use(&plainSession{})
	if got := string(r.batch.enc.Append(nil, syslogfmt.Notice, 7, []byte("line"))); !strings.HasSuffix(got, ` [meta sequenceId="7"][token@41058 tag="x"] line`) {
		t.Errorf("%s", got)
	}
}
