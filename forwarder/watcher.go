package forwarder

import (
	"context"
	"errors"
	"time"

	"github.com/fsnotify/fsnotify"

	"httpd-syslog/forwarder/spool"
)

// watcher sees to it that consumers look when there is something new: at once
// where the kernel tells of it (inotify), and once a second in any case.
type watcher struct {
	catalog *spool.Catalog
	dir     string
	wakes   []chan struct{}
	onError func(error)

	notify *fsnotify.Watcher
	files  map[string]*spool.File // by path, for the events
}

// blindTick is how often to look where the kernel does not tell.
const blindTick = 50 * time.Millisecond

// consumer returns the channel that wakes one consumer. Call it before run.
func (w *watcher) consumer() <-chan struct{} {
	c := make(chan struct{}, 1)
	w.wakes = append(w.wakes, c)
	return c
}

func (w *watcher) wake() {
	for _, c := range w.wakes {
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
	every := tick
	if w.open() == nil {
		events, errs = w.notify.Events, w.notify.Errors
		defer w.notify.Close()
	} else {
		every = blindTick
	}
	t := time.NewTicker(every)
	defer t.Stop()
	w.refresh()
	for {
		select {
		case e := <-events:
			w.event(e)
		case <-errs:
			w.refresh() // events were lost
		case <-t.C:
			w.refresh()
		case <-ctx.Done():
			return
		}
	}
}

func (w *watcher) open() (err error) {
	if w.notify, err = fsnotify.NewBufferedWatcher(256); err != nil {
		return err
	}
	if err = w.notify.Add(w.dir); err != nil {
		return errors.Join(err, w.notify.Close())
	}
	return nil
}

func (w *watcher) event(e fsnotify.Event) {
	f := w.files[e.Name]
	switch {
	case f != nil && e.Has(fsnotify.Write):
		f.Touch()
		w.wake()
	case f == nil && !e.Has(fsnotify.Remove):
		w.refresh()
	}
}

// refresh reads the directory and has everybody look at everything.
func (w *watcher) refresh() {
	if err := w.catalog.Refresh(); err != nil {
		w.onError(err)
	}
	files := w.catalog.Files()
	w.files = make(map[string]*spool.File, len(files))
	for _, f := range files {
		w.files[f.Path] = f
		f.Touch()
	}
	w.wake()
}
