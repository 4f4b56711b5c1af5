package forwarder

import (
	"slices"

	"httpd-syslog/forwarder/collector"
	"httpd-syslog/forwarder/locallog"
	"httpd-syslog/forwarder/relay"
	"httpd-syslog/forwarder/retention"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/stream"
)

// settings are the options that a consumer was made of. A consumer whose settings are the same goes
// on over a reload.
type settings struct {
	log          locallog.Options   // of the local log; how long rotated files are kept is not part of it
	relay        relay.Options      // of a relay
	certificates string             // of a relay: a digest of the files of its TLS options, so that it connects anew with renewed ones
	streams      []stream.Stream    // that the consumer takes
	collect      *collector.Options // of the collector
}

// Equal reports whether consumers made of s and of t are the same.
func (s *settings) Equal(t *settings) bool {
	return s.log == t.log && s.relay.Equal(&t.relay) && s.certificates == t.certificates && slices.Equal(s.streams, t.streams) &&
		(s.collect == nil) == (t.collect == nil) && (s.collect == nil || s.collect.Equal(t.collect))
}

func (d *deliverer) localSettings() settings {
	log := d.o.Log
	log.Retention, log.Sync = retention.Policy{}, d.o.Sync > 0
	return settings{log: log, streams: d.o.Streams}
}

func (d *deliverer) collectorSettings() settings {
	if d.o.Collect == nil {
		return settings{}
	}
	o := *d.o.Collect
	o.Sync = o.Sync || d.o.Sync > 0
	return settings{collect: &o}
}

func (d *deliverer) relaySettings(o *relay.Options) settings {
	streams := slices.DeleteFunc(slices.Clone(d.o.Streams), func(s stream.Stream) bool {
		return len(o.Streams) > 0 && !slices.Contains(o.Streams, s.Name)
	})
	return settings{relay: *o, certificates: o.TLS.Digest(), streams: streams}
}

// compare splits the consumers: staying are those whose settings the options leave the same, leaving
// the others.
func (d *deliverer) compare() (staying *consumers, leaving []*member) {
	now, wanted := d.consumers.Load(), d.localSettings()
	staying = &consumers{}
	if now.local.settings.Equal(&wanted) {
		staying.local = now.local
	} else {
		leaving = append(leaving, now.local)
	}
	for _, m := range now.relays {
		i := slices.IndexFunc(d.o.Relays, func(o relay.Options) bool { return statedir.RelayCursor(o.Name) == m.Name() })
		if i >= 0 {
			wanted = d.relaySettings(&d.o.Relays[i])
		}
		if i >= 0 && m.settings.Equal(&wanted) {
			staying.relays = append(staying.relays, m)
		} else {
			leaving = append(leaving, m)
		}
	}
	if m := now.collector; m != nil {
		if wanted = d.collectorSettings(); m.settings.Equal(&wanted) {
			staying.collector = m
		} else {
			leaving = append(leaving, m)
		}
	}
	return staying, leaving
}
