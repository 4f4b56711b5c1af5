package relay

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"httpd-syslog/forwarder/audit"
	"httpd-syslog/forwarder/consumer"
	"httpd-syslog/forwarder/relay/outage"
	"httpd-syslog/forwarder/relay/pace"
	"httpd-syslog/forwarder/relay/servers"
	"httpd-syslog/forwarder/relay/window"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/stream"
	"httpd-syslog/forwarder/syslogfmt"
	"httpd-syslog/forwarder/testbed"
	"httpd-syslog/forwarder/transport"
)

// fakeServer is a transport that a test makes up. Its server takes bytes and may lose
// them again.
type fakeServer struct {
	dial func(ctx context.Context) (transport.Session, error)
}

func (s *fakeServer) Dial(ctx context.Context) (transport.Session, error) { return s.dial(ctx) }
func (s *fakeServer) Rewinds() bool                                       { return true }
func (s *fakeServer) BatchSize() int                                      { return streamBatch }
func (s *fakeServer) String() string                                      { return "fake://server" }

// testTiming is that of all relays of these tests.
var testTiming = Timing{StandFor: standFor, ReturnEvery: 200 * time.Millisecond}

const standFor = 50 * time.Millisecond

// testServers is how servers are used in these tests.
var testServers = servers.Options{StandFor: standFor, ReturnEvery: 200 * time.Millisecond}

const streamBatch = 128 << 10

// breakage is how a made-up session learns that its peer has gone.
type breakage struct {
	gone context.Context
	fail context.CancelCauseFunc
}

func newBreakage() *breakage {
	b := new(breakage)
	b.gone, b.fail = context.WithCancelCause(context.Background())
	return b
}

func (b *breakage) Broken() <-chan struct{} { return b.gone.Done() }

func (b *breakage) Err() error { return context.Cause(b.gone) }

// nullSession takes everything at once.
type nullSession struct {
	*breakage
	n uint64
}

func (s *nullSession) Send(b []byte, _ []int, _ func() error) error {
	s.n += uint64(len(b))
	return nil
}
func (s *nullSession) Accepted() uint64             { return s.n }
func (s *nullSession) Framing() syslogfmt.Framing   { return syslogfmt.OctetCounting }
func (s *nullSession) Close(context.Context) error  { return nil }
func (s *nullSession) Evidence() transport.Evidence { return transport.Standing }

// stateDir is an empty state directory.
func stateDir(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "state")
	if err := statedir.Dir(dir).Make(); err != nil {
		t.Fatal(err)
	}
	return dir
}

// spooledLines is a catalog of so many lines of the access log, in a state directory.
func spooledLines(t *testing.T, state string, lines int) *spool.Catalog {
	t.Helper()
	w := testbed.NewLineWriter(t, statedir.Dir(state), "access")
	for ; lines > 0; lines -= 1000 {
		w.Lines(min(lines, 1000))
	}
	w.Close()
	c := spool.NewCatalog(statedir.Dir(state).Spool())
	if err := c.Refresh(); err != nil {
		t.Fatal(err)
	}
	return c
}

// newFakeRelay is a relay of that spool to a made-up server, without the rest of a
// deliverer.
func newFakeRelay(t *testing.T, state string, c *spool.Catalog, server *fakeServer, o Options) *Relay {
	t.Helper()
	if err := statedir.Dir(state).Make(); err != nil {
		t.Fatal(err)
	}
	o.Name, o.Format, o.MaxMessage, o.Timing = "central", syslogfmt.RFC5424, 64<<10, testTiming
	events := audit.New(audit.Options{StateDir: statedir.Dir(state), Host: "web1"})
	t.Cleanup(events.Close)
	streams := stream.NewTable([]stream.Stream{{Name: "access", Facility: syslogfmt.Local1, Severity: syslogfmt.Notice, Tag: "httpd"}})
	r := &Relay{
		o: o, servers: servers.New([]transport.Transport{server}, testServers), renewal: pace.NewRenewal(o.Reconnect), outage: outage.New(o.Name, events),
		streams: streams, catalog: c, events: events, progress: consumer.NewProgress(consumer.ProgressOptions{StateDir: statedir.Dir(state), Name: "relay-central", Catalog: c}),
		reader: spool.NewReader(c, nil, streams.Known), wake: make(chan struct{}), unsubscribe: func() {},
		trials: newTrials(statedir.Dir(state), o.Name, testTiming),
		window: window.New(o.window(), window.Start{Clean: true}),
	}
	t.Cleanup(func() { r.commit(false) }) // no record is being written any more when its directory goes
	return r
}

// start runs a relay until end is called, which returns when the relay has ended. The relay looks for lines when
// something is sent to wake.
func start(t *testing.T, r *Relay) (wake chan<- struct{}, end func()) {
	t.Helper()
	c := make(chan struct{})
	r.wake = c
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		r.Run(ctx, consumer.Ending{Stop: ctx})
	}()
	return c, func() {
		cancel()
		<-ended
	}
}
