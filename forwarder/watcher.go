package forwarder

import (
	"cmp"
	"context"
	"errors"
	"path/filepath"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fsnotify/fsnotify"

	"httpd-syslog/forwarder/fault"
	"httpd-syslog/forwarder/idle"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/statedir"
)

// watcher wakes the consumers when there may be something new in the spool: at once where the
// kernel tells of it (inotify), and now and then in any case.
type watcher struct {
	catalog *spool.Catalog
	dir     string
	ours    func() bool // reports whether the state directory is still the one that was locked; nil: always
	looked  func(error) // is told the error of each look through the directory, or nil
	beat    func()      // called at each look; may be nil
	rhythm  idle.Rhythm // of the looks
	timing  Timing
	resting bool // the memory of the idle process was given back
	// due asks the housekeeper to look now rather than at its next tick: for the first event after an
	// idle phase, a knock, somebody who waits for the record, or a change of service.lock. nil: nobody listens.
	due chan struct{}

	awaited atomic.Int64 // ns since 1970, when somebody last said that they wait for the record; see statedir.AwaitRecord

	mu sync.Mutex
	// wakes are of the consumers, the local log's first: of goroutines that are woken one after the other, Go
	// runs the last one next, and it is the relays' lines that somebody waits for.
	wakes []chan struct{}

	notify *fsnotify.Watcher
	blind  bool                   // there is no inotify
	sizes  map[string]int64       // of the files at the last look; only while blind
	files  map[string]*spool.File // by path, for the events
}

// subscribe returns a channel that gets something when there may be something new in the spool,
// and a function that ends that.
func (w *watcher) subscribe() (wake <-chan struct{}, unsubscribe func()) {
	c := make(chan struct{}, 1)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.wakes = append(w.wakes, c)
	return c, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.wakes = slices.DeleteFunc(w.wakes, func(d chan struct{}) bool { return d == c })
	}
}

func (w *watcher) wake() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.wakes {
		select {
		case c <- struct{}{}:
		default: // the consumer has not looked since it was last woken
		}
	}
}

// run watches until ctx ends. It never waits for a write to the disk, since lines wait for the
// watcher.
func (w *watcher) run(ctx context.Context) {
	var events chan fsnotify.Event
	var errs chan error
	every := w.timing.blind
	if w.blind = w.open() != nil; !w.blind {
		events, errs = w.notify.Events, w.notify.Errors
		every = w.rhythm.Next
		defer w.notify.Close()
	}
	w.refresh()
	t := idle.NewPatientTimer(every())
	defer t.Stop()
	for {
		select {
		case e := <-events:
			w.event(e)
		case <-errs:
			w.refresh() // inotify's queue has overflowed
		case <-t.C:
			w.refresh()
			if w.beat != nil {
				w.beat()
			}
			t.Reset(every())
			w.rest()
		case <-ctx.Done():
			return
		}
	}
}

// rest gives memory back to the kernel: when the process becomes idle, and the program's code at each
// look from then on, since whatever was done since the last one has brought some of it back.
func (w *watcher) rest() {
	was := w.resting
	if w.resting = !w.rhythm.IsLively(); !w.resting {
		return
	}
	if !was {
		debug.FreeOSMemory()
	}
	idle.LetGoOfCode()
}

func (w *watcher) open() (err error) {
	if w.notify, err = fsnotify.NewBufferedWatcher(256); err != nil {
		return err
	}
	err = w.notify.Add(w.dir)
	if err == nil && w.due != nil {
		err = w.notify.Add(filepath.Dir(w.dir)) // for the service's lock
	}
	if err != nil {
		return errors.Join(err, w.notify.Close())
	}
	return nil
}

func (w *watcher) event(e fsnotify.Event) {
	if filepath.Dir(e.Name) != w.dir {
		w.stateEvent(e)
		return
	}
	f := w.files[e.Name]
	w.stir()
	switch {
	case f != nil && e.Has(fsnotify.Write):
		f.Touch()
		w.wake()
	case f == nil && !e.Has(fsnotify.Remove):
		w.refresh()
	}
}

// stateEvent takes an event of the state directory itself.
func (w *watcher) stateEvent(e fsnotify.Event) {
	state := statedir.Dir(filepath.Dir(w.dir))
	switch {
	case e.Has(fsnotify.Chmod) && statedir.IsKnock(e.Name):
		w.isDue()
		w.wake()
	case e.Name == state.Awaited():
		w.awaited.Store(time.Now().UnixNano())
		w.isDue()
		w.wake()
	case e.Name == state.ServiceLock():
		w.isDue()
	}
}

// stir notes that lines come. At the first lines after an idle phase it asks the housekeeper to look
// at once.
func (w *watcher) stir() {
	idle := !w.rhythm.IsLively()
	w.rhythm.Stir()
	if idle {
		w.isDue()
	}
}

// haveGrown reports whether there are new files, or larger ones, since the last look.
func (w *watcher) haveGrown(files []*spool.File) (grown bool) {
	sizes := make(map[string]int64, len(files))
	for _, f := range files {
		size, err := f.Size()
		if err != nil {
			continue // it has just gone
		}
		sizes[f.Path] = size
		grown = grown || size > w.sizes[f.Path]
	}
	w.sizes = sizes
	return grown
}

func (w *watcher) isDue() {
	select {
	case w.due <- struct{}{}:
	default: // the housekeeper was asked already, or there is none
	}
}

// refresh reads the directory, and wakes all consumers. It does nothing where the state directory was
// removed and made anew: that one is for another deliverer.
func (w *watcher) refresh() {
	if w.ours != nil && !w.ours() {
		w.isDue()
		return
	}
	w.looked(cmp.Or(fault.Error("deliver.look"), w.catalog.Refresh()))
	files := w.catalog.Files()
	if w.blind && w.haveGrown(files) {
		w.stir()
	}
	w.files = make(map[string]*spool.File, len(files))
	for _, f := range files {
		w.files[f.Path] = f
		f.Touch()
	}
	w.wake()
}
