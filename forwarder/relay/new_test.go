package relay

import (
	"maps"
	"strings"
	"testing"

	"httpd-syslog/forwarder/audit"
	"httpd-syslog/forwarder/consumer"
	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/record"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/status"
	"httpd-syslog/forwarder/stream"
	"httpd-syslog/forwarder/testbed"
	"httpd-syslog/forwarder/transport"
)

// TestCountsAfterKill: a relay's counts do not go back behind what status has told, though
// its record is older; and what is sent again, since nobody has ended it, is repeated.
func TestCountsAfterKill(t *testing.T) {
	t.Parallel()
	state := stateDir(t)
	testbed.NewLineWriter(t, statedir.Dir(state), "access").Lines(10)
	catalog := spool.NewCatalog(statedir.Dir(state).Spool())
	if err := catalog.Refresh(); err != nil {
		t.Fatal(err)
	}
	c := cursor.Record{Accepted: catalog.Ends(), Safe: spool.Positions{}, Relay: &cursor.RelayCount{Lines: 10, Failures: 2}}
	count := func() cursor.RelayCount {
		count, _ := c.CountOf(catalog, status.Told(statedir.Dir(state), "central"), func(string) bool { return true })
		return count
	}
	if got, want := count(), (cursor.RelayCount{Lines: 10, Repeated: 10, Failures: 2}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	told := status.Status{Relays: []status.Relay{{Name: "central", Lines: 13, Failures: 3}}}
	if err := record.Write(status.Path(statedir.Dir(state)), told, false); err != nil {
		t.Fatal(err)
	}
	if got, want := count(), (cursor.RelayCount{Lines: 13, Repeated: 13, Failures: 3}); got != want {
		t.Errorf("with a newer status: %+v, want %+v", got, want)
	}
	c.Clean, c.Relay.Lines = true, 20
	if got, want := count(), (cursor.RelayCount{Lines: 20, Failures: 3}); got != want {
		t.Errorf("after a clean end: %+v, want %+v", got, want)
	}
}

// TestNoServer: a relay without one is an error that names it.
func TestNoServer(t *testing.T) {
	o := Options{Name: "central"}
	if err := o.Check(); err == nil || !strings.Contains(err.Error(), "relay central has no server") {
		t.Errorf("check: %v", err)
	}
	if _, err := o.transports(); err == nil || !strings.Contains(err.Error(), "relay central has no server") {
		t.Errorf("transports: %v", err)
	}
}

// TestNewGoesOn: a relay begins where its record says, in trials where there were some; what a server had taken before a kill
// may be lost with it.
func TestNewGoesOn(t *testing.T) {
	t.Parallel()
	state := stateDir(t)
	catalog := spooledLines(t, state, 2000)
	var ends spool.Positions
	for file := range catalog.Ends() {
		ends = spool.Positions{file: {Offset: 5000}}
	}
	tcp := transport.Server{Scheme: "tcp", Host: "127.0.0.1", Port: "1"}
	for name, tt := range map[string]struct {
		servers          []transport.Server
		record           cursor.Record
		on, lossy, fails bool
	}{
		"of nothing":             {servers: []transport.Server{tcp}},
		"after an end":           {servers: []transport.Server{tcp}, record: cursor.Record{Clean: true, Accepted: ends, Safe: ends}},
		"in trials":              {servers: []transport.Server{tcp}, record: cursor.Record{Accepted: ends, Safe: ends, Doubt: &cursor.Doubt{Breaks: 3, Step: 4}}, on: true, lossy: true},
		"in trials after an end": {servers: []transport.Server{tcp}, record: cursor.Record{Clean: true, Accepted: ends, Safe: ends, Doubt: &cursor.Doubt{Breaks: 3, Step: 4}}, on: true},
		"without a server":       {fails: true},
	} {
		events := audit.New(audit.Options{StateDir: statedir.Dir(state), Host: "web1"})
		defer events.Close()
		tt.record.Relay = &cursor.RelayCount{Lines: 77}
		r, err := New(&Options{Name: "central", Servers: tt.servers}, &consumer.Base{
			StateDir: statedir.Dir(state), Catalog: catalog, Events: events, Record: tt.record, Streams: stream.NewTable([]stream.Stream{{Name: "access"}}),
			Progress: consumer.NewProgress(consumer.ProgressOptions{StateDir: statedir.Dir(state), Name: "relay-central", Catalog: catalog}),
		}, cursor.RelayCount{})
		if (err != nil) != tt.fails {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil {
			continue
		}
		if r.doubt.IsOn() != tt.on || r.lossy != tt.lossy || r.progress.RelayHealth().Lines != 77 {
			t.Errorf("%s: in doubt %v, lossy %v, %d lines", name, r.doubt.IsOn(), r.lossy, r.progress.RelayHealth().Lines)
		}
		if !maps.Equal(r.window.Accepted(), tt.record.Accepted) || !maps.Equal(r.window.Safe(), tt.record.Safe) {
			t.Errorf("%s: accepted are %v, safe %v", name, r.window.Accepted(), r.window.Safe())
		}
		r.reader.Close()
	}
}
