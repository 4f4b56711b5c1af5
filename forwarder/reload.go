package forwarder

import (
	"fmt"

	"httpd-syslog/forwarder/statedir"
)

// reload asks a running deliverer to take over other options.
type reload struct {
	o    DelivererOptions
	done chan error
}

// reload takes over options. Consumers whose settings are the same go on, with their connections;
// but a relay with Reconnect set renews its connection. The others end in good order, and begin
// again where they were. After an error the options are those from before.
func (d *deliverer) reload(o DelivererOptions) error {
	if err := o.StateDir.CheckConsumers(o.Set); err != nil {
		return err
	}
	before := d.o
	d.o = o
	d.events.FollowZone()
	staying, leaving := d.compare()
	if err := d.checkNew(staying); err != nil {
		d.o = before
		return err
	}
	d.stopAll(leaving)
	change, err := adopt(&o.Set, o.StateDir, o.Sync > 0)
	if err != nil {
		d.o = before
	} else {
		d.tellChange(change)
	}
	if merr := d.goOn(staying); merr != nil {
		return merr // cannot be: the records of all consumers were read before
	}
	if err == nil {
		d.events.SetHost(o.Host)
	}
	return err
}

// checkNew tells whether the relays that are to begin can be made.
func (d *deliverer) checkNew(staying *consumers) error {
	for i := range d.o.Relays {
		o := &d.o.Relays[i]
		if staying.find(statedir.RelayCursor(o.Name)) != nil {
			continue
		}
		if err := o.Check(); err != nil {
			return fmt.Errorf("relay %s: %w", o.Name, err)
		}
	}
	return nil
}

// goOn makes and starts the consumers of the options; those in staying are running already.
func (d *deliverer) goOn(staying *consumers) error {
	d.looked(d.catalog.Refresh()) // a new relay begins behind all that is in the spool now
	all, err := d.make(staying)
	if err != nil {
		return err
	}
	d.consumers.Store(all)
	d.keeper.SetPolicy(d.o.Log.Retention)
	for c := range all.all() {
		switch {
		case staying.find(c.Name()) != c:
			c.Start()
		case c.reloaded != nil:
			c.reloaded()
		}
	}
	return nil
}
