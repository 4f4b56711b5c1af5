package forwarder

import (
	"fmt"
	"reflect"
	"slices"

	"httpd-syslog/forwarder/retention"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/syslogfmt"
)

// reload asks a running deliverer to take over other options.
type reload struct {
	o    DelivererOptions
	done chan error
}

// localSettings is what the local log is made of: it is begun anew when that changes. How long rotated
// files are kept is not part of it.
func (d *deliverer) localSettings() any {
	log := d.o.Log
	log.Retention = retention.Policy{}
	return [...]any{log, d.o.Streams, d.o.Sync > 0}
}

// relaySettings is what a relay is made of, its certificates included: with renewed ones
// it connects anew. Streams that it does not take are not part of it.
func (d *deliverer) relaySettings(o *RelayOptions) any {
	streams := slices.DeleteFunc(slices.Clone(d.o.Streams), func(s Stream) bool {
		return len(o.Streams) > 0 && !slices.Contains(o.Streams, s.Name)
	})
	return [...]any{*o, streams, o.TLS.Digest()}
}

// reload takes over options. Consumers whose settings are the same go on, connections
// included, but for those that are to be renewed now and then; the others end in good order and begin again where they were. After an
// error the options are those from before.
func (d *deliverer) reload(o DelivererOptions) error {
	if err := statedir.CheckConsumers(o.StateDir, o.Set); err != nil {
		return err
	}
	before := d.o
	d.o = o
	followZone(d.events)
	staying, leaving := d.compare()
	for i := range o.Relays {
		r := &o.Relays[i]
		if staying[statedir.RelayCursor(r.Name)] != nil {
			continue
		}
		if err := r.check(); err != nil {
			d.o = before
			return fmt.Errorf("relay %s: %w", r.Name, err)
		}
	}
	stopAll(leaving)
	for i := range before.Relays {
		if name := before.Relays[i].Name; staying[statedir.RelayCursor(name)] == nil {
			d.events.forget(cannotCommit(name))
		}
	}
	change, err := adopt(&o.Set, o.StateDir, o.Sync > 0)
	if err != nil {
		d.o = before
	}
	if err == nil {
		d.tellChange(change)
	}
	d.looked(d.catalog.Refresh()) // a new consumer is to know what it begins behind
	all, merr := d.missing(staying)
	if merr != nil {
		return merr // cannot be: records were looked at
	}
	d.consumers.set(all)
	d.keeper.Load().SetPolicy(d.o.Log.Retention)
	for _, c := range all {
		switch {
		case staying[c.name] != c:
			c.start()
		case c.reloaded != nil:
			c.reloaded()
		}
	}
	if err == nil {
		d.events.setHost(o.Host)
		d.events.log(syslogfmt.Notice, "configuration: loaded again from %s", o.Set.Config)
	}
	return err
}

// compare tells the consumers that can go on with the options from those that cannot.
func (d *deliverer) compare() (staying map[string]*consumer, leaving []*consumer) {
	want := map[string]any{statedir.LocalCursor: d.localSettings()}
	for i := range d.o.Relays {
		want[statedir.RelayCursor(d.o.Relays[i].Name)] = d.relaySettings(&d.o.Relays[i])
	}
	staying = make(map[string]*consumer)
	for _, c := range d.consumers.all() {
		if reflect.DeepEqual(c.settings, want[c.name]) {
			staying[c.name] = c
		} else {
			leaving = append(leaving, c)
		}
	}
	return staying, leaving
}
