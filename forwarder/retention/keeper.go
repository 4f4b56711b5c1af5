package retention

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/record"
)

// Options of a Keeper.
type Options struct {
	Dir    string // the log directory
	Record string // path of the record
	Sync   bool   // the record survives a power failure
	Policy Policy
	// Held returns the inodes of the files that recovery may still have to cut. It is called in Run.
	Held func() map[uint64]bool
	// Settled makes certain that Held stays true after a power failure: it is called before anything is
	// compressed or removed.
	Settled func() error
	// Live reports whether a path is that of a log that may be written. It is called in Run.
	Live func(log string) bool
	// Tell logs an event, and reports whether it could; incident is what the event begins or belongs to.
	Tell func(e event.Event) (incident string, could bool)
	// Since is since when an incident goes on that an event has begun; zero: there is none. nil: there
	// are none.
	Since func(kind *event.Kind, subject string) time.Time
	// Trouble is told how something goes that may fail again and again; err is nil if it goes well.
	Trouble func(kind *event.Kind, subject string, err error)
	Zone    func() *time.Location
	// Clocks reads the machine's; nil: readClocks. For tests.
	clocks func() reading
}

// saved is the content of the record: what a later process must know.
type saved struct {
	Clock timeline `json:"clock"`
	Logs  []string `json:"logs"` // paths of all logs that have rotated files, or had when Run looked last
}

// Keeper looks after the rotated files of a log directory. One process may have one: who holds the
// directory's lock. Its methods may be called from several goroutines.
type Keeper struct {
	o    Options
	poke chan struct{}
	busy atomic.Bool // there is something to do now, or Run has not looked yet

	saving sync.Mutex // one save at a time; locked before mu

	mu       sync.Mutex
	policy   Policy
	said          // since the last pass
	outdated bool // the record on the disk lacks a change
	record   saved
	known    map[string]bool // Logs
	written  time.Time       // when the record was last written
	status   Status

	progress // of Run alone
}

// said is what the methods of a Keeper have told Run since the last pass.
type said struct {
	all     bool          // everything is to be read
	rotated bool          // directories with files that were held are to be read
	full    bool          // the disk was full
	steps   []event.Event // events of steps of the clock, to be logged
}

// progress is what Run keeps from one pass to the next.
type progress struct {
	dirs      map[string]*directory
	failed    failures
	announced map[string]bool // files whose removal an event has told, and has not succeeded
	untold    []event.Event
	sizeAt    time.Time // own time before which KeepSize is not looked at again
	fullAt    time.Time // own time at which the disk was last full
	fullSince time.Time // own time at which that began
	fullTold  bool      // an event has told that the disk is full
}

// Status is how retention is doing.
type Status struct {
	Files  int   // rotated files
	Bytes  int64 // of these
	Oldest time.Time
	Failed int    // those that cannot be compressed or removed at present
	Error  string // the first failure in words; empty: there is none
}

// New returns a Keeper, which does nothing before Run. It tells of a record that cannot be read, and
// begins that anew.
func New(o Options) *Keeper {
	k := &Keeper{o: o, policy: o.Policy, poke: make(chan struct{}, 1), known: make(map[string]bool)}
	k.progress = progress{dirs: make(map[string]*directory), failed: make(failures), announced: make(map[string]bool)}
	if o.Since != nil {
		k.fullSince = o.Since(&event.DiskFull, o.Dir)
		k.fullTold = !k.fullSince.IsZero()
	}
	if k.o.clocks == nil {
		k.o.clocks = func() reading { return readClocks(o.Zone()) }
	}
	if err := record.Read(o.Record, &k.record); err != nil && !errors.Is(err, fs.ErrNotExist) {
		k.steps = []event.Event{event.RotatedUnread.With("cause", err)}
		k.record = saved{}
	}
	if k.record.Clock.Wall != 0 {
		k.written = time.Unix(0, k.record.Clock.Wall)
	}
	for _, log := range k.record.Logs {
		k.known[log] = true
	}
	k.busy.Store(true)
	return k
}

// SetPolicy sets the policy from the next pass on.
func (k *Keeper) SetPolicy(p Policy) {
	k.mu.Lock()
	k.all = k.all || k.policy != p
	k.policy = p
	k.mu.Unlock()
	k.Look()
}

// Rotating is called before logs are rotated: it records their names and how the clock stands, so that
// their files are known afterwards, by a later process too. It waits for the disk if the record must be
// written. After an error Run writes the record later.
func (k *Keeper) Rotating(logs ...string) error {
	k.mu.Lock()
	k.advance()
	for _, log := range logs {
		if !k.known[log] {
			k.known[log], k.outdated = true, true
		}
	}
	k.mu.Unlock()
	return k.save()
}

// Rotated is called when a log has been rotated and the commit behind that is durable.
func (k *Keeper) Rotated() {
	k.mu.Lock()
	k.rotated = true
	k.mu.Unlock()
	k.busy.Store(true)
	k.Look()
}

// Full is called when the disk has no space left for the local log.
func (k *Keeper) Full() {
	k.mu.Lock()
	k.full = true
	k.mu.Unlock()
	k.Look()
}

// Look has Run make a pass soon. It does not wait for that.
func (k *Keeper) Look() {
	select {
	case k.poke <- struct{}{}:
	default:
	}
}

// Busy reports whether there is work that can be done now.
func (k *Keeper) Busy() bool { return k.busy.Load() }

// Status is how retention was doing when Run looked last.
func (k *Keeper) Status() Status {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.status
}

// lookEvery is the longest time between two passes, so that no step of a clock makes Run sleep over
// something that is due.
const lookEvery = time.Minute

// Run compresses and removes files that are due until ctx ends. It blocks until then, and must not run
// before the local log has recovered.
func (k *Keeper) Run(ctx context.Context) {
	t := time.NewTimer(0)
	defer t.Stop()
	for ctx.Err() == nil {
		select {
		case <-t.C:
		case <-k.poke:
		case <-ctx.Done():
			return
		}
		t.Reset(k.pass(ctx))
	}
}

// advance brings the timeline up to now, and returns own time.
func (k *Keeper) advance() time.Time {
	now, changed, step := k.record.Clock.advance(k.o.clocks())
	k.outdated = k.outdated || changed
	switch {
	case step >= time.Hour:
		k.steps = append(k.steps, event.ClockForward.With("by", step.Round(time.Second), "days", days(standing)))
	case step <= -time.Hour:
		k.steps = append(k.steps, event.ClockBack.With("by", -step.Round(time.Second)))
	}
	return now
}

// save writes the record if that is due. Before a log is rotated there is nothing that a later process must know.
func (k *Keeper) save() error {
	k.saving.Lock() // not mu: the disk may be slow, and those who ask for the status do not wait for it
	defer k.saving.Unlock()
	k.mu.Lock()
	if !k.outdated && time.Since(k.written).Abs() < saveEvery || k.written.IsZero() && len(k.known) == 0 {
		k.mu.Unlock()
		return nil
	}
	k.outdated = false
	k.record.Logs = slices.Sorted(maps.Keys(k.known))
	r := k.record // a shallow copy will do: the elements of its slices never change
	k.mu.Unlock()
	err := record.Write(k.o.Record, r, k.o.Sync)
	k.mu.Lock()
	defer k.mu.Unlock()
	if err != nil {
		k.outdated = true
		return err
	}
	k.written = time.Now()
	return nil
}

// saveEvery is how old the record's reading of the clocks may become.
const saveEvery = time.Hour

// pass does what is due, and returns when to look again at the latest.
func (k *Keeper) pass(ctx context.Context) time.Duration {
	p, dirs, due := k.prepare(ctx)
	k.failed.set(recording, k.o.Record, k.save())
	for _, dir := range dirs {
		if d := k.dirs[dir]; due(dir, d) {
			p.directory(dir, d)
		}
		if ctx.Err() != nil {
			return 0
		}
	}
	p.size(dirs)
	if p.full {
		p.shortage(dirs)
	} else {
		p.enough()
	}
	k.tellUntold()
	k.failed.tell(k.o.Trouble)
	k.publish(dirs)
	return k.next(p.now, dirs)
}

// prepare makes the next pass of what was said since the last one. due reports whether a directory is to
// be read.
func (k *Keeper) prepare(ctx context.Context) (p *pass, dirs []string, due func(string, *directory) bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.advance()
	all, rotated := k.all, k.rotated
	p = &pass{Keeper: k, ctx: ctx, policy: k.policy, now: now, full: k.full, scanner: k.scanner()}
	k.untold = append(k.untold, k.steps...)
	k.said = said{}
	return p, k.directories(), func(path string, d *directory) bool {
		return all || rotated && d.holds || d.due(path, now)
	}
}

// scanner reads directories with what is known now.
func (k *Keeper) scanner() *scanner {
	known := maps.Clone(k.known)
	return &scanner{
		root: k.o.Dir, clock: k.record.Clock, zone: k.o.Zone(), live: k.o.Live, held: k.o.Held,
		known: func(log string) bool { return known[log] },
	}
}

// directories are those with rotated files: the log directory, and those of known logs below it.
func (k *Keeper) directories() []string {
	found := map[string]bool{k.o.Dir: true}
	for log := range k.known {
		if dir := filepath.Dir(log); strings.HasPrefix(dir, k.o.Dir+"/") {
			found[dir] = true
		}
	}
	maps.DeleteFunc(k.dirs, func(dir string, _ *directory) bool { return !found[dir] })
	for dir := range found {
		if k.dirs[dir] == nil {
			k.dirs[dir] = &directory{}
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// publish sets the Status.
func (k *Keeper) publish(dirs []string) {
	s := Status{Failed: k.failed.files(), Error: k.failed.text()}
	for _, dir := range dirs {
		d := k.dirs[dir]
		s.Files += d.files
		s.Bytes += d.bytes
		if d.files > 0 && (s.Oldest.IsZero() || d.oldest.Before(s.Oldest)) {
			s.Oldest = d.oldest
		}
	}
	k.mu.Lock()
	k.status = s
	k.mu.Unlock()
}

// next is when to look again at the latest.
func (k *Keeper) next(now time.Time, dirs []string) time.Duration {
	wait := lookEvery
	for _, dir := range dirs {
		if d := k.dirs[dir]; !d.next.IsZero() {
			wait = min(wait, d.next.Sub(now))
		}
	}
	k.busy.Store(len(k.poke) > 0)
	return max(wait, time.Millisecond)
}
