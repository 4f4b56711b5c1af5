package relay

import (
	"testing"
	"time"

	"httpd-syslog/forwarder/consumer"
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

// TestRelayAllocatesNothingPerLine: between what is read and what is handed to the kernel.
func TestRelayAllocatesNothingPerLine(t *testing.T) {
	dir := t.TempDir()
	const lines = 500
	f := testbed.SpooledFrame(t, dir, lines)
	c := spool.NewCatalog(dir)
	if err := c.Refresh(); err != nil {
		t.Fatal(err)
	}
	o := Options{Rewind: time.Minute, RewindBytes: 1 << 20, MaxMessage: 64 << 10}
	r := &Relay{
		o:       o,
		servers: servers.New([]transport.Transport{&fakeServer{}}, testServers), renewal: pace.NewRenewal(0), link: link{session: &nullSession{breakage: newBreakage()}},
		streams: stream.NewTable([]stream.Stream{{Name: "access", Facility: syslogfmt.Local1, Tag: "httpd"}}),
		// Commits are made once a second, whatever the lines.
		record:   pending{at: time.Now().Add(time.Hour)},
		trials:   newTrials(statedir.Dir(dir), "relay", testTiming),
		window:   window.New(o.window(), window.Start{Clean: true}),
		progress: consumer.NewProgress(consumer.ProgressOptions{StateDir: statedir.Dir(dir), Name: "relay", Catalog: c}),
	}
	r.batch.begin(syslogfmt.NewEncoder(syslogfmt.RFC5424, syslogfmt.OctetCounting, 64<<10), streamBatch)
	allocs := testing.AllocsPerRun(1000, func() {
		if err := r.encode(f); err != nil {
			t.Fatal(err)
		}
		if err := r.send(); err != nil {
			t.Fatal(err)
		}
	})
	if allocs != 0 {
		t.Errorf("%v allocations for a frame of %d lines", allocs, lines)
	}
}
