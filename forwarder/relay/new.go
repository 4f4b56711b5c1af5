package relay

import (
	"time"

	"httpd-syslog/forwarder/consumer"
	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/relay/outage"
	"httpd-syslog/forwarder/relay/pace"
	"httpd-syslog/forwarder/relay/series"
	"httpd-syslog/forwarder/relay/servers"
	"httpd-syslog/forwarder/relay/whole"
	"httpd-syslog/forwarder/relay/window"
	"httpd-syslog/forwarder/spool"
)

// New makes a relay that goes on where its record says. told is the most that anybody was told of
// its count.
func New(o *Options, b *consumer.Base, told cursor.RelayCount) (*Relay, error) {
	of := *o
	o = &of
	entries := series.New(b.Record.Store)
	o.Store.Series.ID, o.Store.MaxMessage = entries.ID(), o.MaxMessage
	transports, err := o.transports()
	if err != nil {
		return nil, err
	}
	w := window.New(o.window(), startOf(b.Record))
	count, ahead := b.Record.CountOf(b.Catalog, told, o.wants)
	b.Progress.Starts(count, time.Now())
	trials := newTrials(b.StateDir, o.Name, o.Timing)
	if !o.isStore() {
		trials.restore(b.Record)
	}
	cutter := whole.New(o.Whole, o.Hop)
	return &Relay{
		record: pending{count: count, ahead: ahead, series: entries}, trials: trials,
		o: *o, servers: servers.New(transports, o.serverOptions()), renewal: pace.NewRenewal(o.Reconnect), batch: batch{whole: cutter, pace: pace.NewPacer(o.Rate)}, outage: outage.New(o.Name, b.Events),
		streams: b.Streams, catalog: b.Catalog, progress: b.Progress, events: b.Events,
		reader: spool.NewReader(b.Catalog, w.Accepted(), cutter.Known(b.Streams)),
		wake:   b.Wake, unsubscribe: b.Unsubscribe,
		window: w,
	}, nil
}
