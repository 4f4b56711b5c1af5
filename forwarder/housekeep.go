package forwarder

import (
	"context"
	"time"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/idle"
)

// housekeep makes a round once a second, oftener while the disk is nearly full and more rarely
// while nothing happens, and takes over changed options. It returns nil when ctx ends or nothing
// is left to do, and otherwise the error that is the reason to end.
func (d *deliverer) housekeep(ctx context.Context) error {
	t := idle.NewPatientTimer(d.watcher.rhythm.Next())
	defer t.Stop()
	var soon <-chan time.Time // when the status is to be written because of an event; nil: there was none
	var quiet, next time.Time // since when there is nothing to do; when the next round is
	d.writeStatus(time.Now())
	d.lock.Touch(time.Now())
	for {
		select {
		case <-t.C:
		case <-d.watcher.due:
			next = time.Time{}
		case <-d.events.News():
			if soon == nil {
				soon = time.After(newsAfter)
			}
			continue
		case <-soon:
			soon = nil
			d.writeStatus(time.Now())
			continue
		case r := <-d.reloads:
			err := d.reload(r.o)
			d.writeStatus(time.Now())
			r.done <- err
			continue
		case <-ctx.Done():
			return nil
		}
		t.Reset(d.watcher.rhythm.Next())
		if d.keepToQuota() {
			t.Reset(d.o.Timing.tick() / 20)
		}
		now := time.Now()
		if now.Before(next) {
			continue
		}
		next = now.Add(d.o.Timing.tick() / 2)
		if end, err := d.round(now, &quiet); end {
			return err
		}
	}
}

// newsAfter is how long after an event the status is written. By then whatever has made the event
// has also changed its health, and events that come together make one write.
const newsAfter = 20 * time.Millisecond

// round does once what housekeep repeats: it removes and frees spool, follows the time zone, and
// looks for a reason to end. It returns whether to end, and why. quiet is since when there is nothing
// to do.
func (d *deliverer) round(now time.Time, quiet *time.Time) (end bool, err error) {
	if !d.lock.Valid() { // the state directory was removed, or made anew: it is another's now
		return true, ErrDelivering
	}
	if d.watcher.rhythm.IsLively() {
		d.lock.Touch(now)
	}
	d.clean()
	alone := d.noWriter()
	for _, m := range d.consumers.Load().relays {
		m.NoWriter(alone)
	}
	d.tellRemovals()
	d.recordConsumers()
	d.syncLagging()
	d.keeper.Look()
	d.followZone(now)
	d.beat(now)
	d.writeStatus(now)
	switch {
	case d.service:
		return false, nil
	case d.o.StateDir.ServiceRuns():
		return true, errHandOver
	case d.changed():
		return true, ErrChanged
	}
	return d.isQuiet(now, quiet), nil
}

func (d *deliverer) followZone(now time.Time) {
	if now.Sub(d.zoneAt).Abs() >= d.o.Timing.followZone() {
		d.zoneAt = now
		d.events.FollowZone()
	}
}

// isQuiet reports whether there has been nothing to do for Timing.Quiet.
func (d *deliverer) isQuiet(now time.Time, since *time.Time) bool {
	switch {
	case !d.isIdle():
		*since = time.Time{}
	case since.IsZero():
		*since = now
	default:
		return now.Sub(*since) >= d.o.Timing.quiet()
	}
	return false
}

// isIdle reports whether no writer is left and every consumer is at the end.
func (d *deliverer) isIdle() bool {
	return d.noWriter() && !d.keeper.Busy() && d.consumers.Load().areAtEnd()
}

// changed reports whether another configuration is to be taken over.
func (d *deliverer) changed() bool {
	if d.o.Changed == nil {
		return false
	}
	changed, err := d.o.Changed()
	if err != nil {
		d.events.Tell(event.ConfigRejected.With("cause", err))
	}
	return changed
}
