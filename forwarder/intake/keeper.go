package intake

import (
	"context"
	"os"
	"sync/atomic"
	"time"

	"httpd-syslog/forwarder/idle"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/quota"
	"httpd-syslog/forwarder/statedir"
)

// keeper sees to it that somebody delivers what is in the spool.
type keeper struct {
	o     *Options
	store *store
	waker
}

// waker wakes the keeper of an idle intake, which looks rarely, when lines come. Its methods
// stir and wake may be called by any goroutine.
type waker struct {
	rhythm idle.Rhythm
	dozing atomic.Bool   // the keeper looks rarely, since nothing was written for a while
	news   chan struct{} // wakes a dozing keeper; buffered
}

// stir notes that something was written.
func (w *waker) stir() {
	w.rhythm.Stir()
	if w.dozing.Swap(false) {
		w.wake()
	}
}

func (w *waker) wake() {
	select {
	case w.news <- struct{}{}:
	default:
	}
}

// keep sees to it that somebody delivers the spool and, with Options.Sync, that the spool is
// on the disk while nobody delivers.
func (k *keeper) keep(ctx context.Context) {
	if !spoolEmpty(k.o.StateDir) {
		k.o.Start() // a backlog from an earlier life must not wait for a line
	}
	t := idle.NewPatientTimer(idle.Tick)
	defer t.Stop()
	var distress statedir.Distress
	written := k.store.written // nil once the channel was found closed
	for {
		var again <-chan struct{} // nil: an intake that has spooled nothing sleeps
		if written == nil || k.o.Relocate != nil || k.store.attempt.IsOn() {
			again = t.C
		}
		select {
		case <-written:
			written = nil
		case <-again:
		case <-k.news:
		case <-ctx.Done():
			return
		}
		wait := idle.Tick
		k.relocate()
		distress.Set(k.o.StateDir, k.store.attempt.IsStuck())
		if written == nil {
			delivered := k.o.Start()
			k.lookAfter(delivered)
			if delivered {
				wait = k.doze()
			}
		}
		t.Reset(wait)
	}
}

// doze is how long keep waits before its next look. Lines that come after a while without any
// wake it earlier.
func (k *keeper) doze() time.Duration {
	if k.dozing.Swap(true) {
		return k.rhythm.Next()
	}
	if k.rhythm.IsLively() {
		k.dozing.Store(false)
		return idle.Tick
	}
	idle.LetGoOfCode()
	return k.rhythm.Next()
}

// lookAfter bounds the spool where no deliverer does: there is none, or with Block it must not
// give lines up. Without a deliverer it also syncs the spool.
func (k *keeper) lookAfter(delivered bool) {
	k.store.bounded.Store(k.o.MaxSpool > 0 && (!delivered || k.o.Block))
	if k.store.mu.TryLock() { // else a write is under way, which may take its time
		if k.store.bounded.Load() && k.store.quota.Full() {
			_ = k.store.writer.Close() // as store.add does, which nobody calls while no lines come
		}
		k.store.writer.Yield()
		dir, id := k.store.writer.Dir(), k.store.writer.ID()
		k.store.mu.Unlock()
		if !delivered && k.o.Sync {
			_ = spool.SyncWriter(dir, id) // tried again in a second
		}
	}
}

// relocate moves to the state directory that the mended configuration names.
func (k *keeper) relocate() {
	if k.o.Relocate == nil {
		return
	}
	dir, known := k.o.Relocate()
	if !known {
		return
	}
	k.o.Relocate = nil
	k.store.mu.Lock()
	defer k.store.mu.Unlock()
	if dir.Spool() == k.store.writer.Dir() {
		return
	}
	k.o.StateDir = dir
	k.store.quota = quota.New(dir.Spool(), k.o.MaxSpool)
	_ = k.store.writer.MoveTo(dir.Spool()) // a file that cannot be moved stays where it is
}

func spoolEmpty(stateDir statedir.Dir) bool {
	d, err := os.Open(stateDir.Spool())
	if err != nil {
		return true
	}
	defer d.Close()
	names, _ := d.Readdirnames(1)
	return len(names) == 0
}
