package forwarder

import (
	"context"
	"time"

	"httpd-syslog/forwarder/spool/frame"
)

// closeEvents closes the spool file of the events, so that it can be delivered whole and removed.
// A later event goes into another file.
func (d *deliverer) closeEvents() {
	d.events.Close()
	if d.lock.Valid() { // else the state directory is another's by now
		_ = d.catalog.Refresh() // the watcher does it too
	}
}

// drain has the consumers end when everything is delivered, and waits for that. Somebody waits
// for the end when ctx ends, or when the state directory was replaced, to whose successor
// processes write: from then on drain waits for DrainTimeout at most. Where nobody waits it goes on
// for Timing.CalmDrain first.
func (d *deliverer) drain(ctx context.Context, all []*member) {
	for _, c := range all {
		c.DrainNow()
	}
	done := ended(all)
	look := d.o.Timing.tick() / 10
	for n := d.o.Timing.calmDrain() / look; n > 0 && ctx.Err() == nil && d.lock.Valid() && d.noWriter(); n-- {
		select {
		case <-time.After(look):
		case <-done:
			return
		}
	}
	select {
	case <-time.After(d.o.DrainTimeout):
	case <-done:
	}
}

// stopAll ends consumers in good order: what they have not read stays in the spool. It aborts a
// consumer that has not ended within Timing.Stop.
func (d *deliverer) stopAll(all []*member) {
	for _, c := range all {
		c.Stop()
	}
	done := ended(all)
	select {
	case <-time.After(d.o.Timing.stop()):
	case <-done:
	}
	for _, c := range all {
		c.Abort()
	}
	<-done
}

// ended returns a channel that is closed when all consumers have ended.
func ended(all []*member) <-chan struct{} {
	done := make(chan struct{})
	go func() {
		for _, c := range all {
			<-c.Ended()
		}
		close(done)
	}()
	return done
}

// noWriter reports whether no writer is left but the event log.
func (d *deliverer) noWriter() bool {
	for _, f := range d.catalog.Files() {
		if !f.Complete() && !d.events.Owns(f.ID) {
			return false
		}
	}
	return true
}

// sizes are the sizes in bytes of the spool files that there are now.
func (d *deliverer) sizes() map[frame.FileID]int64 {
	sizes := make(map[frame.FileID]int64)
	for _, f := range d.catalog.Files() {
		if size, err := f.Size(); err == nil {
			sizes[f.ID] = size
		}
	}
	return sizes
}

// sealTime is how long the end waits for the last seals to be told. What is told later, the next deliverer
// tells.
const sealTime = 2 * time.Second

// sealAll has what was read sealed, so that the servers get these seals too.
func (d *deliverer) sealAll() {
	local := d.consumers.Load().local
	if local == nil || d.o.Log.Seal == 0 {
		return
	}
	select {
	case <-local.AskToSeal():
	case <-local.Ended():
	case <-time.After(sealTime):
	}
}
