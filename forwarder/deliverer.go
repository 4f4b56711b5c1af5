package forwarder

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"httpd-syslog/forwarder/audit"
	"httpd-syslog/forwarder/collector/trail"
	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/fault"
	"httpd-syslog/forwarder/retention"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/status"
)

// deliverer runs the consumers of a state directory: the local log and each relay, every one of
// which reads the spool at its own pace. One process at a time has a deliverer for a state
// directory: the one that holds delivery.lock.
type deliverer struct {
	o         DelivererOptions
	lock      *statedir.Lock
	catalog   *spool.Catalog
	events    *audit.Log
	watcher   *watcher
	consumers atomic.Pointer[consumers] // changed by housekeep alone
	keeper    *retention.Keeper         // of the local log's rotated files
	status    status.Writer

	hop     trail.Hop // of what is collected
	service bool      // the deliverer stays, else it ends when there is nothing to do
	reloads <-chan reload

	left       map[frame.FileID]int64 // sizes of the spool files when the end began: what lies beyond them is the next deliverer's
	unrecorded error                  // why the consumers could not be recorded; nil: they are
	removals   removals
	syncs      syncs
	zoneAt     time.Time // of the last look at the time zone
	beats      beats
}

// RunDeliverer delivers until no writer is left and everything is accepted, or
// until ctx ends: then it goes on for DrainTimeout at most. It blocks until then. It returns
// ErrDelivering if another process delivers already or the service is to,
// statedir.ErrOtherConsumers if the state directory belongs to others, and ErrChanged if
// o.Changed has reported a change.
func RunDeliverer(ctx context.Context, o DelivererOptions) error {
	if err := o.StateDir.Make(); err != nil {
		return err
	}
	for {
		if o.StateDir.ServiceRuns() {
			return ErrDelivering
		}
		lock, err := lockDelivery(ctx, o.StateDir)
		if err != nil {
			return err
		}
		left, err := deliver(ctx, o, lock)
		lock.Release()
		if err == errHandOver {
			return nil
		}
		if err != nil || ctx.Err() != nil || !grown(o.StateDir, left) {
			return err
		}
	}
}

// lockDelivery takes the lock of the process that delivers. It tries for a second: a process
// that looks whether the lock is taken holds it for a moment, and a process that was killed
// holds it until the kernel has closed its files.
func lockDelivery(ctx context.Context, stateDir statedir.Dir) (*statedir.Lock, error) {
	const tries, wait = 100, 10 * time.Millisecond
	for range tries {
		lock, err := statedir.TakeLock(stateDir.DeliveryLock())
		if !errors.Is(err, statedir.ErrLocked) {
			return lock, err
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return nil, ErrDelivering
		}
	}
	return nil, ErrDelivering
}

// grown reports whether the spool has got more than left, the sizes when the end began. A writer
// that saw the lock taken just before its release relies on this look: it starts no deliverer.
func grown(stateDir statedir.Dir, left map[frame.FileID]int64) bool {
	c := spool.NewCatalog(stateDir.Spool())
	if c.Look() != nil {
		return false
	}
	for _, f := range c.Files() {
		size, err := f.Size()
		if was, ok := left[f.ID]; err == nil && size > 0 && (!ok || size > was) {
			return true
		}
	}
	return false
}

// deliver delivers while the lock is held. It returns the sizes that the spool files had when
// its end began: frames that came later may not be delivered.
func deliver(ctx context.Context, o DelivererOptions, lock *statedir.Lock) (map[frame.FileID]int64, error) {
	events := audit.New(audit.Options{StateDir: o.StateDir, Host: o.Host, RollSize: spool.RollSize(o.MaxSpool)})
	d, err := newDeliverer(o, lock, events)
	if err != nil {
		events.Close()
		return nil, err
	}
	err = d.run(ctx)
	return d.left, err
}

// newDeliverer takes over the state directory for the options' consumers.
func newDeliverer(o DelivererOptions, lock *statedir.Lock, events *audit.Log) (*deliverer, error) {
	fault.Point("deliver.locked")
	change, err := adopt(&o.Set, o.StateDir, o.Sync > 0)
	if err != nil {
		return nil, err
	}
	fault.Point("deliver.adopted")
	status.Retire(o.StateDir)
	d := &deliverer{
		o: o, lock: lock, catalog: spool.NewCatalog(o.StateDir.Spool()), events: events, hop: trail.NewHop(o.Host),
	}
	d.consumers.Store(&consumers{})
	d.watcher = &watcher{due: make(chan struct{}, 1), catalog: d.catalog, dir: o.StateDir.Spool(), ours: lock.Valid, looked: d.looked, timing: o.Timing}
	d.watcher.rhythm.Quick = o.Timing.tick()
	// The rhythm must be lively from the start: an intake that waits for a sign of life would
	// otherwise wait for a slow first look.
	d.watcher.rhythm.Stir()
	if err := d.catalog.Refresh(); err != nil { // before any commit, which drops files that the catalog does not have
		return nil, err
	}
	if err := events.Recall(); err != nil {
		return nil, err
	}
	d.tellChange(change)
	events.FollowZone()
	all, err := d.make(&consumers{})
	if err != nil {
		return nil, err
	}
	d.consumers.Store(all)
	return d, nil
}

// run lets the consumers work until there is a reason to end, and then has them drain or stop.
func (d *deliverer) run(ctx context.Context) error {
	watching, stopWatching := context.WithCancel(context.Background())
	var watch sync.WaitGroup
	watch.Go(func() { d.watcher.run(watching) })
	for c := range d.consumers.Load().all() {
		c.Start()
	}
	var begun sync.WaitGroup
	if !d.service && d.o.Version != "" {
		begun.Go(d.tellBegin)
	}
	reason := d.housekeep(ctx)
	begun.Wait()
	if d.service && reason == nil {
		d.tellEnd()
	}
	d.sealAll()
	d.left = d.sizes() // before the events are closed: later events are in another file
	d.closeEvents()
	fault.Point("deliver.draining")
	all := slices.Collect(d.consumers.Load().all())
	if reason != errHandOver {
		d.drain(ctx, all)
	}
	d.stopAll(all)
	stopWatching()
	watch.Wait()
	d.closeEvents() // the end of the watcher may have made more events
	d.clean()
	d.writeStatus(time.Now())
	return reason
}

// looked tells of an error of a look through the spool's directory, or that there is none any more.
func (d *deliverer) looked(err error) {
	d.events.Trouble(&event.SpoolUnseen, "", err)
}
