package forwarder

import (
	"reflect"
	"slices"

	"httpd-syslog/forwarder/syslogfmt"
)

// reload asks a running deliverer to take over other options.
type reload struct {
	o    DelivererOptions
	done chan error
}

// localSettings is what the local log is made of: it is begun anew when that changes.
func (d *deliverer) localSettings() any {
	return [...]any{d.o.Log, d.o.Streams, d.o.Sync > 0}
}

// relaySettings is what a relay is made of. Streams that it does not take are not.
func (d *deliverer) relaySettings(o *RelayOptions) any {
	streams := slices.DeleteFunc(slices.Clone(d.o.Streams), func(s Stream) bool {
		return len(o.Streams) > 0 && !slices.Contains(o.Streams, s.Name)
	})
	return [...]any{*o, streams}
}

// reload takes over options. Consumers whose settings are the same go on, connections
// included; the others end in good order and begin again where they were. After an
// error the options are those from before.
func (d *deliverer) reload(o DelivererOptions) error {
	if err := CheckConsumers(o.StateDir, o.Set); err != nil {
		return err
	}
	for i := range o.Relays {
		if _, err := newTransports(&o.Relays[i]); err != nil {
			return err
		}
	}
	before := d.o
	d.o = o
	staying, leaving := d.compare()
	stopAll(leaving)
	change, err := o.Set.adopt(o.StateDir, o.Sync > 0)
	if err != nil {
		d.o = before
	}
	if err == nil {
		d.tellChange(change)
	}
	all, merr := d.missing(staying)
	if merr != nil {
		return merr // cannot be: records were looked at
	}
	d.consumers.set(all)
	for _, c := range all {
		if staying[c.name] != c {
			c.start()
		}
	}
	if err == nil {
		d.events.log(syslogfmt.Notice, "configuration: loaded again from %s", o.Set.Config)
	}
	return err
}

// compare tells the consumers that can go on with the options from those that cannot.
func (d *deliverer) compare() (staying map[string]*consumer, leaving []*consumer) {
	want := map[string]any{localCursor: d.localSettings()}
	for i := range d.o.Relays {
		want[relayCursor(d.o.Relays[i].Name)] = d.relaySettings(&d.o.Relays[i])
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
