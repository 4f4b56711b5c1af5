package forwarder

import (
	"context"
	"testing"

	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/syslogfmt"
)

// fakeServer is a transport that a test makes up. Its server takes bytes and may lose
// them again.
type fakeServer struct {
	dial func(ctx context.Context) (session, error)
}

func (s *fakeServer) Dial(ctx context.Context) (session, error) { return s.dial(ctx) }
func (s *fakeServer) Rewinds() bool                             { return true }
func (s *fakeServer) BatchSize() int                            { return streamBatch }
func (s *fakeServer) String() string                            { return "fake://server" }

// spooledLines is a catalog of so many lines of the access log, in a state directory.
func spooledLines(t *testing.T, state string, lines int) *spool.Catalog {
	t.Helper()
	w := &lineWriter{t, spool.NewWriter(spool.WriterOptions{Dir: statedir.SpoolDir(state), Host: "web1", Stream: "access"}), 1}
	for ; lines > 0; lines -= 1000 {
		w.write(min(lines, 1000))
	}
	w.close()
	c := spool.NewCatalog(statedir.SpoolDir(state))
	if err := c.Refresh(); err != nil {
		t.Fatal(err)
	}
	return c
}

// newFakeRelay is a relay of that spool to a made-up server, without the rest of a
// deliverer.
func newFakeRelay(t *testing.T, state string, c *spool.Catalog, server *fakeServer, o RelayOptions) *relay {
	t.Helper()
	if err := statedir.Make(state); err != nil {
		t.Fatal(err)
	}
	o.Name, o.Format, o.MaxMessage = "central", syslogfmt.RFC5424, 64<<10
	events := newEventLog(state, "web1", 0)
	t.Cleanup(events.close)
	streams := newStreamTable([]Stream{{Name: "access", Facility: syslogfmt.Local1, Severity: syslogfmt.Notice, Tag: "httpd"}})
	return &relay{
		o: o, servers: newServers([]transport{server}, false), renewal: newRenewal(o.Reconnect), outage: outage{relay: o.Name, events: events},
		streams: streams, catalog: c, events: events, progress: newProgress(state, "relay-central", false, c),
		reader: spool.NewReader(c, nil, streams.known), wake: make(chan struct{}), leaveWatch: func() {},
		trials: newTrials(state, o.Name),
		window: newWindow(&o, cursorRecord{Clean: true}),
	}
}
