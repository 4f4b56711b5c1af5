package forwarder

import (
	"context"
	"errors"
	"path/filepath"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fsnotify/fsnotify"

	"httpd-syslog/forwarder/idle"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/statedir"
)

// watcher sees to it that consumers look when there is something new: at once
// where the kernel tells of it (inotify), and now and then in any case.
type watcher struct {
	catalog *spool.Catalog
	dir     string
	ours    func() bool // whether the state directory still is; nil: it is
	looked  func(error) // is told how each look through the directory has gone
	beat    func()      // at each look; nil: nobody wants to know
	rhythm  idle.Rhythm
	resting bool
	due     chan struct{} // nobody must wait for the next look: what was idle is not any more, or the service takes over, perhaps; nil: not looked for

	knocked atomic.Int64 // ns since 1970, when somebody last said that they wait

	mu    sync.Mutex
	wakes map[chan struct{}]bool // of the consumers

	notify *fsnotify.Watcher
	blind  bool                   // the kernel does not tell
	sizes  map[string]int64       // of the files at the last look, where it does not
	files  map[string]*spool.File // by path, for the events
}

// blindTick is how often to look where the kernel does not tell.
const blindTick = 50 * time.Millisecond

// consumer returns the channel that wakes one consumer, and what ends that.
func (w *watcher) consumer() (wake <-chan struct{}, leave func()) {
	c := make(chan struct{}, 1)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.wakes == nil {
		w.wakes = make(map[chan struct{}]bool)
	}
	w.wakes[c] = true
	return c, func() {
		w.mu.Lock()
		delete(w.wakes, c)
		w.mu.Unlock()
	}
}

func (w *watcher) wake() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for c := range w.wakes {
		select {
		case c <- struct{}{}:
		default: // it has not yet looked for what was before
		}
	}
}

// run watches until ctx ends. It does nothing that waits for the disk to write,
// since lines wait for it.
func (w *watcher) run(ctx context.Context) {
	var events chan fsnotify.Event
	var errs chan error
	every := func() time.Duration { return blindTick }
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
			w.refresh() // events were lost
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

// rest makes the process small when it becomes idle.
func (w *watcher) rest() {
	if lively := w.rhythm.IsLively(); lively == w.resting {
		w.resting = !lively
		if w.resting {
			debug.FreeOSMemory()
			idle.LetGoOfCode()
		}
	}
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
	f := w.files[e.Name]
	switch {
	case e.Has(fsnotify.Chmod) && statedir.IsKnock(e.Name):
		w.knocked.Store(time.Now().UnixNano())
		w.isDue()
		w.wake()
		return
	case e.Name == statedir.ServiceLock(filepath.Dir(w.dir)):
		w.isDue()
		return
	case filepath.Dir(e.Name) != w.dir:
		return
	}
	w.stir()
	switch {
	case f != nil && e.Has(fsnotify.Write):
		f.Touch()
		w.wake()
	case f == nil && !e.Has(fsnotify.Remove):
		w.refresh()
	}
}

// stir notes that lines come. The first ones after a while without make all that is done now
// and then due.
func (w *watcher) stir() {
	idle := !w.rhythm.IsLively()
	w.rhythm.Stir()
	if idle {
		w.isDue()
	}
}

// haveGrown reports whether files are larger, or others, than at the last look.
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
	default: // nobody has looked since the last time, or is to
	}
}

// refresh reads the directory and has everybody look at everything. What lies in a state
// directory that was removed and made anew is for another deliverer.
func (w *watcher) refresh() {
	if w.ours != nil && !w.ours() {
		w.isDue()
		return
	}
	w.looked(w.catalog.Refresh())
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
