package forwarder

import (
	"cmp"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"httpd-syslog/forwarder/fault"
	"httpd-syslog/forwarder/idle"
	"httpd-syslog/forwarder/retention"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/syslogfmt"
	"httpd-syslog/rotate"
)

// DelivererOptions say what is delivered, and where to.
type DelivererOptions struct {
	StateDir     string
	Host         string // of this process's own events
	Set          statedir.ConsumerSet
	Streams      []Stream
	Log          LogOptions
	Relays       []RelayOptions
	MaxSpool     int64         // bytes; 0: no limit
	KeepAll      bool          // intakes stop reading above MaxSpool, and nothing is given up
	Sync         time.Duration // 0: never
	DrainTimeout time.Duration // how long an end may take

	Info      Delivery                // for status: Version, Since, Config and Loaded
	Listeners func() []ListenerStatus // for status; nil: there are none
	Rejected  func() string           // for status: Delivery.Rejected; nil: it was not

	// Changed, if not nil, is asked once a second whether to end in good order,
	// for a changed configuration to be taken over by another deliverer. An
	// error is a configuration that cannot be used: it becomes an event.
	Changed func() (bool, error)
}

// ErrDelivering: another process delivers from the state directory.
var ErrDelivering = errors.New("another process delivers")

// ErrChanged: the configuration has changed, and another deliverer is to take over.
var ErrChanged = errors.New("the configuration has changed")

// errHandOver: the service is there, and delivers from now on.
var errHandOver = errors.New("the service takes over")

// deliverer reads the spool and brings it to its consumers: the local log and
// each relay, every one at its own pace. There is one for a state directory.
type deliverer struct {
	o         DelivererOptions
	lock      *statedir.Lock
	catalog   *spool.Catalog
	events    *eventLog
	watcher   *watcher
	consumers consumers
	keeper    atomic.Pointer[retention.Keeper] // of the local log's rotated files
	status    statusWriter

	service bool // delivers for good, else as long as there is something to do
	reloads <-chan reload

	left       map[spool.FileID]int64 // what the end was to deal with
	unrecorded error                  // why the consumers could not be recorded; nil: they are
	removing   error                  // why a file could not be removed since tellRemovals; nil: all were
	removed    bool                   // one was
	zoneAt     time.Time              // of the last look at the time zone
	syncs      map[*spool.File]fileSync
	syncedAt   time.Time
}

// RunDeliverer delivers until no writer is left and everything is accepted, or
// until ctx ends: then it goes on for DrainTimeout at most. It returns
// ErrDelivering if another process delivers already or the service is to,
// ErrOtherConsumers if the state directory belongs to others, ErrChanged if Changed
// said so.
func RunDeliverer(ctx context.Context, o DelivererOptions) error {
	if err := statedir.Make(o.StateDir); err != nil {
		return err
	}
	for {
		if statedir.ServiceRuns(o.StateDir) {
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

// lockDelivery takes the lock of the one that delivers. Those who only look
// whether it is taken hold it for a moment, and one that was killed until the
// kernel comes to take it away, hence the tries.
func lockDelivery(ctx context.Context, stateDir string) (*statedir.Lock, error) {
	const tries, wait = 100, 10 * time.Millisecond
	for range tries {
		lock, err := statedir.TakeLock(statedir.DeliveryLock(stateDir))
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

// grown reports whether the spool holds more than what an end was to deal with. A writer
// that saw the lock taken, when it was about to be released, relies on this look.
func grown(stateDir string, left map[spool.FileID]int64) bool {
	c := spool.NewCatalog(statedir.SpoolDir(stateDir))
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

// deliver is the delivery while the lock is held. It returns the sizes that the
// files had when its end began: what came later may have been too late.
func deliver(ctx context.Context, o DelivererOptions, lock *statedir.Lock) (map[spool.FileID]int64, error) {
	events := newEventLog(o.StateDir, o.Host, spool.RollSize(o.MaxSpool))
	d, err := newDeliverer(o, lock, events)
	if err != nil {
		events.close()
		return nil, err
	}
	err = d.run(ctx)
	return d.left, err
}

// newDeliverer takes over the state directory for the options' consumers.
func newDeliverer(o DelivererOptions, lock *statedir.Lock, events *eventLog) (*deliverer, error) {
	fault.Point("deliver.locked")
	change, err := adopt(&o.Set, o.StateDir, o.Sync > 0)
	if err != nil {
		return nil, err
	}
	fault.Point("deliver.adopted")
	retireStatus(o.StateDir)
	d := &deliverer{
		o: o, lock: lock, catalog: spool.NewCatalog(statedir.SpoolDir(o.StateDir)), events: events,
	}
	d.watcher = &watcher{due: make(chan struct{}, 1), catalog: d.catalog, dir: statedir.SpoolDir(o.StateDir), ours: lock.Valid, looked: d.looked}
	// Before anybody asks it how long to wait: who waits for a sign of life would wait for a
	// slow first look.
	d.watcher.rhythm.Stir()
	if err := d.catalog.Refresh(); err != nil { // before any commit: it drops what is not in there
		return nil, err
	}
	d.tellChange(change)
	followZone(events)
	all, err := d.missing(nil)
	if err != nil {
		return nil, err
	}
	d.consumers.set(all)
	return d, nil
}

// recordConsumers makes good for a record of the consumers that could not be written when they
// were taken over: delivery makes the room for it, perhaps.
func (d *deliverer) recordConsumers() {
	if d.unrecorded != nil {
		d.unrecorded = d.o.Set.Record(d.o.StateDir, d.o.Sync > 0)
		d.events.trouble(syslogfmt.Err, notRecorded, d.unrecorded)
	}
}

const notRecorded = "the consumers of the state directory cannot be recorded; delivery goes on without"

// looked takes in how a look through the spool's directory has gone.
func (d *deliverer) looked(err error) {
	d.events.trouble(syslogfmt.Err, "the spool cannot be looked through", err)
}

func (d *deliverer) tellChange(c change) {
	d.unrecorded = c.unrecorded
	d.events.trouble(syslogfmt.Err, notRecorded, c.unrecorded)
	if c.logDir != "" {
		d.events.log(syslogfmt.Notice, "configuration: the log directory is now %s, it was %s", d.o.Log.Dir, c.logDir)
	}
	for _, name := range c.added {
		d.events.log(syslogfmt.Notice, "configuration: relay %s added; it gets the lines from now on", name)
	}
	for _, name := range c.removed {
		d.events.log(syslogfmt.Warning, "configuration: relay %s removed; %d lines that may not have arrived are given up", name, c.givenUp[name])
	}
}

// missing makes the consumers of the options, but for those that are there already.
// None is started.
func (d *deliverer) missing(there map[string]*consumer) ([]*consumer, error) {
	var all []*consumer
	c := there[statedir.LocalCursor]
	if c == nil {
		l, err := d.newLocal()
		if err != nil {
			return nil, err
		}
		c = newConsumer(l.progress, d.localSettings(), l.run)
	}
	all = append(all, c)
	for i := range d.o.Relays {
		o := &d.o.Relays[i]
		c := there[statedir.RelayCursor(o.Name)]
		if c == nil {
			r, err := d.newRelay(o)
			if err != nil {
				return nil, err
			}
			c = newConsumer(r.progress, d.relaySettings(o), r.run)
			c.reloaded = r.reloaded
		}
		all = append(all, c)
	}
	return all, nil
}

// cursor loads a consumer's durable position. sync: its records are synced. A
// damaged record is none; that of a newer program is an error.
func (d *deliverer) cursor(name string, sync bool) (*progress, cursorRecord, error) {
	p := newProgress(d.o.StateDir, name, sync, d.catalog)
	p.report.news = d.events.hasNews
	p.knocked = &d.watcher.knocked
	c, err := readCursor(p.path)
	if errors.Is(err, spool.ErrRecordVersion) {
		return nil, c, err
	}
	if err != nil {
		d.events.log(syslogfmt.Err, "%v; the spool is delivered again from its beginning", err)
	}
	p.publish(c)
	return p, c, nil
}

func (d *deliverer) newLocal() (*local, error) {
	p, c, err := d.cursor(statedir.LocalCursor, d.o.Sync > 0)
	if err != nil {
		return nil, err
	}
	streams := newStreamTable(d.o.Streams)
	wake, leave := d.watcher.consumer()
	l := &local{
		o: d.o.Log, streams: streams, progress: p, events: d.events, sync: d.o.Sync > 0, last: c,
		catalog: d.catalog, maxOpen: maxOpen(),
		reader:   spool.NewReader(d.catalog, c.read(), streams.known),
		stateDir: d.o.StateDir,
		damaged:  filepath.Join(d.o.StateDir, "damaged"),
		wake:     wake, leave: leave,
		files:   make(map[string]*localFile),
		apart:   make(map[*localFile]bool),
		pending: make(streamCounts),
		relayed: func() bool { return len(d.consumers.relays()) > 0 },
		spare:   d.relaysHave, askForRoom: d.watcher.isDue,
	}
	l.late.reader = spool.NewReader(d.catalog, nil, streams.known)
	l.named.Store(&c.Logs)
	l.keeper = d.newKeeper(l)
	d.keeper.Store(l.keeper)
	_, err = rotate.Open(l.rotation(filepath.Join(d.o.Log.Dir, AuditFile)))
	return l, err
}

// between counts the lines from one position of a consumer to a later one.
func (d *deliverer) between(from, to spool.Positions) uint64 {
	differs := func(f spool.FileID) bool { return from[f] != to[f] }
	behind, left := d.catalog.Behind(from, differs), d.catalog.Behind(to, differs)
	return behind - min(behind, left)
}

func (d *deliverer) newRelay(o *RelayOptions) (*relay, error) {
	transports, err := newTransports(o)
	if err != nil {
		return nil, err
	}
	// Not synced: an older record makes the relay repeat lines, no more, and each
	// sync holds up whoever writes to the same file system.
	p, c, err := d.cursor(statedir.RelayCursor(o.Name), false)
	if err != nil {
		return nil, err
	}
	window := newWindow(o, c)
	count := d.countOf(o.Name, c)
	streams := newStreamTable(d.o.Streams)
	wake, leave := d.watcher.consumer()
	p.report.relay.State, p.report.relay.Since = RelayStarts, time.Now()
	p.report.sent(count, time.Time{}, time.Time{})
	trials := newTrials(d.o.StateDir, o.Name)
	trials.restore(c)
	return &relay{
		count: count, trials: trials,
		o: *o, servers: newServers(transports, o.Random), renewal: newRenewal(o.Reconnect), pace: newPacer(o.Rate), outage: outage{relay: o.Name, events: d.events},
		streams: streams, catalog: d.catalog, progress: p, events: d.events,
		reader: spool.NewReader(d.catalog, window.accepted, streams.known),
		wake:   wake, leaveWatch: leave,
		window: window,
	}, nil
}

// countOf is the count that a relay goes on with. It is no less than what anybody was told:
// after a kill the record may be older than that. What is sent again, because the last end
// was no clean one, counts as repeated.
func (d *deliverer) countOf(relay string, c cursorRecord) (count relayCount) {
	if c.Relay != nil {
		count = *c.Relay
	}
	recorded := count.Lines
	for _, path := range []string{statusPath(d.o.StateDir), formerStatus(d.o.StateDir)} {
		var told Status
		_ = spool.ReadRecord(path, &told) // without one, nobody was told
		if i := slices.IndexFunc(told.Relays, func(r RelayStatus) bool { return r.Name == relay }); i >= 0 {
			count = count.atLeast(told.Relays[i].count())
		}
	}
	if !c.Clean {
		count.Repeated += count.Lines - recorded + d.between(c.Safe, c.Accepted)
	}
	return count
}

// run lets everybody work until there is a reason to end, then gives them time to
// come to an end.
func (d *deliverer) run(ctx context.Context) error {
	watching, stopWatching := context.WithCancel(context.Background())
	var watch sync.WaitGroup
	watch.Go(func() { d.watcher.run(watching) })
	for _, c := range d.consumers.all() {
		c.start()
	}

	reason := d.keepHouse(ctx)
	if d.service && reason == nil {
		d.events.log(syslogfmt.Info, "service is ending: process %d", os.Getpid())
	}
	d.left = d.sizes() // before the events are closed: what is logged after that is in another file
	d.closeEvents()
	fault.Point("deliver.draining")
	all := d.consumers.all()
	if reason != errHandOver {
		d.drain(ctx, all)
	}
	stopAll(all)
	stopWatching()
	watch.Wait()
	d.closeEvents() // there may have been more
	d.clean()
	d.writeStatus(time.Now())
	return reason
}

// closeEvents makes the file of the events a complete one. A later event has one
// of its own.
func (d *deliverer) closeEvents() {
	d.events.close()
	if d.lock.Valid() { // else what is there now is another's
		_ = d.catalog.Refresh() // the watcher does it too
	}
}

// calmDrain is how long an end may take that nobody waits for: a server that is
// slow to read what it has got already would get it all again.
const calmDrain = time.Minute

// drain has the consumers end when everything is delivered. It waits for that, for
// DrainTimeout at most from the moment that somebody waits for the end: whoever ends it,
// or those who write to the state directory that is there instead.
func (d *deliverer) drain(ctx context.Context, all []*consumer) {
	for _, c := range all {
		c.drainNow()
	}
	done := ended(all)
	const look = idle.Tick / 10
	for n := calmDrain / look; n > 0 && ctx.Err() == nil && d.lock.Valid() && d.noWriter(); n-- {
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

// stopTime is how long a consumer may take to end in good order with what is on its
// way: the service that takes over waits for it.
const stopTime = 1500 * time.Millisecond

// stopAll ends consumers in good order, leaving what they have not read. One that
// cannot within stopTime is ended as it is.
func stopAll(all []*consumer) {
	for _, c := range all {
		c.stop()
	}
	done := ended(all)
	select {
	case <-time.After(stopTime):
	case <-done:
	}
	for _, c := range all {
		c.abort()
	}
	<-done
}

// noWriter reports whether no writer is left but the event log.
func (d *deliverer) noWriter() bool {
	for _, f := range d.catalog.Files() {
		if !f.Complete() && !d.events.owns(f.ID) {
			return false
		}
	}
	return true
}

// keepHouse does what is to be done once a second, oftener while the disk is nearly full
// and more rarely while nothing happens, until there is a reason to end: ctx, nothing left to do (both nil),
// or an error. It takes over changed options meanwhile.
func (d *deliverer) keepHouse(ctx context.Context) error {
	t := idle.NewPatientTimer(d.watcher.rhythm.Next())
	defer t.Stop()
	var soon <-chan time.Time // when the status is to be written, since there is news
	var quiet, next time.Time // since when there is nothing to do; when to do all
	d.writeStatus(time.Now())
	d.lock.Touch(time.Now())
	for {
		select {
		case <-t.C:
		case <-d.watcher.due:
			next = time.Time{}
		case <-d.events.news:
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
		if d.makeRoom() {
			t.Reset(idle.Tick / 20)
		}
		now := time.Now()
		if now.Before(next) {
			continue
		}
		next = now.Add(idle.Tick / 2)
		if !d.lock.Valid() { // the state directory was removed, or made anew: it is another's now
			return ErrDelivering
		}
		if d.watcher.rhythm.IsLively() {
			d.lock.Touch(now)
		}
		d.clean()
		d.tellRemovals()
		d.recordConsumers()
		d.syncLagging()
		d.keeper.Load().Look()
		if now.Sub(d.zoneAt).Abs() >= followEvery {
			d.zoneAt = now
			followZone(d.events)
		}
		d.writeStatus(now)
		if d.service {
			continue
		}
		if statedir.ServiceRuns(d.o.StateDir) {
			return errHandOver
		}
		if d.changed() {
			return ErrChanged
		}
		switch {
		case !d.idle():
			quiet = time.Time{}
		case quiet.IsZero():
			quiet = now
		case now.Sub(quiet) >= quietTime:
			return nil
		}
	}
}

// newsAfter is how long after an event the status has it. What makes the event has told of its
// state by then, and what happens at once is told at once.
const newsAfter = 20 * time.Millisecond

// quietTime is how long there must be nothing to do before a deliverer ends: a web
// server that restarts opens its logs twice, within a second or so.
const quietTime = 900 * time.Millisecond

// changed reports whether another configuration is to be taken over.
func (d *deliverer) changed() bool {
	if d.o.Changed == nil {
		return false
	}
	changed, err := d.o.Changed()
	if err != nil {
		d.events.log(syslogfmt.Err, "configuration rejected, the one before stays in force: %v", err)
	}
	return changed
}

// idle reports whether no writer is left and every consumer is at the end.
func (d *deliverer) idle() bool {
	if !d.noWriter() || d.keeper.Load().Busy() {
		return false
	}
	for _, p := range d.consumers.all() {
		if !p.isAtEnd() {
			return false
		}
	}
	return true
}

// clean removes the files that nobody needs any more.
func (d *deliverer) clean() {
	for _, f := range d.catalog.Files() {
		size, err := f.Size()
		if err != nil || !f.Complete() || !d.allPassed(f, size) {
			continue
		}
		d.remove(f)
	}
}

func (d *deliverer) secure() error {
	for _, p := range d.consumers.all() {
		if err := p.secure(); err != nil {
			return err
		}
	}
	return nil
}

func (d *deliverer) allPassed(f *spool.File, size int64) bool {
	for _, p := range d.consumers.all() {
		if !p.passed(f, size) {
			return false
		}
	}
	return true
}

// fileSync is what the syncing of a file has come to, in bytes.
type fileSync struct{ seen, synced int64 }

// syncLagging puts on the disk what has been in the spool for longer than Sync
// and is not yet with every consumer: a power failure must not cost more.
func (d *deliverer) syncLagging() {
	if d.o.Sync == 0 || time.Since(d.syncedAt) < d.o.Sync {
		return
	}
	d.syncedAt = time.Now()
	var failed error
	syncs := make(map[*spool.File]fileSync)
	for _, f := range d.catalog.Files() {
		size, err := f.Size()
		if err != nil {
			continue
		}
		s := d.syncs[f]
		if s.seen > s.synced && d.lags(f, s.seen) {
			err := f.Sync()
			if err == nil {
				s.synced = size
			}
			failed = cmp.Or(failed, err)
		}
		s.seen = size
		syncs[f] = s
	}
	d.syncs = syncs
	d.events.trouble(syslogfmt.Err, "the spool cannot be put on the disk", failed)
}

func (d *deliverer) lags(f *spool.File, size int64) bool {
	for _, p := range d.consumers.all() {
		if p.lags(f, size) {
			return true
		}
	}
	return false
}

// sizes are those of the files that are there.
func (d *deliverer) sizes() map[spool.FileID]int64 {
	sizes := make(map[spool.FileID]int64)
	for _, f := range d.catalog.Files() {
		if size, err := f.Size(); err == nil {
			sizes[f.ID] = size
		}
	}
	return sizes
}
