package retention

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/syslogfmt"
)

// Options of a Keeper.
type Options struct {
	Dir    string // the log directory
	Record string // path of the record
	Sync   bool   // the record is whole after a power failure too
	Policy Policy
	// Held returns the inodes of the files that recovery may still have to cut. It is called in Run.
	Held func() map[uint64]bool
	// Settled makes certain that Held stays true after a power failure: it is called before anything is
	// compressed or removed.
	Settled func() error
	// Live tells whether a path is that of a log that may be written. It is called in Run.
	Live func(log string) bool
	// Event logs an event, and reports whether it could.
	Event func(s syslogfmt.Severity, format string, args ...any) bool
	// Trouble takes in how something goes that may fail again and again.
	Trouble func(s syslogfmt.Severity, what string, err error)
	Zone    func() *time.Location
	// Clocks reads the machine's; nil: readClocks. For tests.
	clocks func() reading
}

// record is what a later process must know.
type record struct {
	Clock timeline `json:"clock"`
	Logs  []string `json:"logs"` // paths of all logs that have rotated files, or had when Run looked last
}

// Keeper looks after the rotated files of a log directory. One process may have one: who holds the
// directory's lock. Its methods may be called from several goroutines.
type Keeper struct {
	o    Options
	poke chan struct{}
	busy atomic.Bool // there is something to do, or nobody knows yet

	saving sync.Mutex // one save at a time; locked before mu

	mu       sync.Mutex
	policy   Policy
	all      bool    // everything is to be read at the next pass
	rotated  bool    // likewise directories with files that were held
	steps    []event // of the clock, to be told
	full     bool    // the disk was since the last pass
	outdated bool    // the record is
	record   record
	known    map[string]bool // Logs
	written  time.Time       // when the record was
	status   Status

	// of Run alone
	dirs      map[string]*directory
	failed    failures
	announced map[string]bool // removals that were told of and have not succeeded
	untold    []event
	sizeAt    time.Time // own time before which KeepSize is not looked at again
	fullAt    time.Time // own time, when the disk was full last
	fullTold  bool      // that it is
}

// Status is how retention is doing.
type Status struct {
	Files  int       `json:"files"` // rotated ones
	Bytes  int64     `json:"bytes"` // of these
	Oldest time.Time `json:"oldest,omitzero"`
	Failed int       `json:"failed"`          // those that cannot be compressed or removed at present
	Error  string    `json:"error,omitempty"` // what cannot be done, and why for the first of them
}

// New returns a Keeper. A record that cannot be read is told of, and begun anew.
func New(o Options) *Keeper {
	k := &Keeper{o: o, policy: o.Policy, poke: make(chan struct{}, 1), known: make(map[string]bool), dirs: make(map[string]*directory), failed: make(failures), announced: make(map[string]bool)}
	if k.o.clocks == nil {
		k.o.clocks = func() reading { return readClocks(o.Zone()) }
	}
	if err := spool.ReadRecord(o.Record, &k.record); err != nil && !errors.Is(err, fs.ErrNotExist) {
		k.steps = []event{{syslogfmt.Warning, fmt.Sprintf("local log: %v; how old rotated files are is taken from their names", err)}}
		k.record = record{}
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

// SetPolicy is for a reload.
func (k *Keeper) SetPolicy(p Policy) {
	k.mu.Lock()
	k.all = k.all || k.policy != p
	k.policy = p
	k.mu.Unlock()
	k.Look()
}

// Rotating is called before logs are rotated: what their files' names say must be known afterwards, by
// a later process too.
func (k *Keeper) Rotating(logs ...string) error {
	k.mu.Lock()
	k.look()
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

// Full is called when the disk has no room for the local log.
func (k *Keeper) Full() {
	k.mu.Lock()
	k.full = true
	k.mu.Unlock()
	k.Look()
}

// Look has Run look whether there is something to do. It does not wait.
func (k *Keeper) Look() {
	select {
	case k.poke <- struct{}{}:
	default:
	}
}

// Busy tells whether something is being done that can be done now.
func (k *Keeper) Busy() bool { return k.busy.Load() }

// Status is how retention was doing when Run looked last.
func (k *Keeper) Status() Status {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.status
}

// lookEvery is how often Run looks by itself, so that no clock can make it sleep over what is due.
const lookEvery = time.Minute

// Run compresses and removes what is due until ctx ends. It must not run before recovery is done.
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

// look brings the clock up to now.
func (k *Keeper) look() time.Time {
	now, changed, step := k.record.Clock.look(k.o.clocks())
	k.outdated = k.outdated || changed
	switch {
	case step >= time.Hour:
		k.steps = append(k.steps, event{syslogfmt.Warning, fmt.Sprintf("the clock went forward by %v; rotated files are no older for that, unless it stands so for %s", step.Round(time.Second), days(standing))})
	case step <= -time.Hour:
		k.steps = append(k.steps, event{syslogfmt.Warning, fmt.Sprintf("the clock went back by %v; rotated files are no younger for that", -step.Round(time.Second))})
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
	r := k.record // what its slices have does not change
	k.mu.Unlock()
	err := spool.WriteRecord(k.o.Record, r, k.o.Sync)
	k.mu.Lock()
	defer k.mu.Unlock()
	if err != nil {
		k.outdated = true
		return err
	}
	k.written = time.Now()
	return nil
}

// saveEvery is how old the record's look at the clocks may be.
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
	}
	k.tellUntold()
	k.failed.tell(k.o.Trouble)
	k.publish(dirs)
	return k.next(p.now, dirs)
}

// prepare takes up what was said since the last pass. due tells whether a directory is to be read.
func (k *Keeper) prepare(ctx context.Context) (p *pass, dirs []string, due func(string, *directory) bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.look()
	all, rotated := k.all, k.rotated
	p = &pass{Keeper: k, ctx: ctx, policy: k.policy, now: now, full: k.full, scanner: k.scanner()}
	k.untold = append(k.untold, k.steps...)
	k.all, k.rotated, k.full, k.steps = false, false, false, nil
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

// publish makes known how it is going.
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
