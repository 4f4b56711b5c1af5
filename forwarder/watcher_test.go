package forwarder

import (
	"context"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fsnotify/fsnotify"

	"httpd-syslog/forwarder/idle"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/statedir"
)

// TestIdleEnds: what has to be done now and then is due at once when the first line comes
// after a while without any: with a server away, a line must not wait for its sync.
func TestIdleEnds(t *testing.T) {
	dir := t.TempDir()
	w := &watcher{due: make(chan struct{}, 1), dir: filepath.Join(dir, "spool"), catalog: spool.NewCatalog(filepath.Join(dir, "spool"))}
	line := fsnotify.Event{Name: filepath.Join(w.dir, "file"), Op: fsnotify.Remove}
	for i, due := range []bool{true, false} {
		w.event(line)
		if got := len(w.due) == 1; got != due {
			t.Errorf("event %d: due %v", i, got)
		}
		for len(w.due) > 0 {
			<-w.due
		}
	}
	w.event(fsnotify.Event{Name: statedir.ServiceLock(dir), Op: fsnotify.Write})
	if len(w.due) != 1 {
		t.Error("the service that takes over has to wait")
	}
}

// TestDelivererIsQuickAtFirst: a deliverer that has just begun looks every second, from its
// first look on: an intake that ends waits for its sign of life, and whoever has started the
// front with --wait for the intake.
func TestDelivererIsQuickAtFirst(t *testing.T) {
	s := newSite(t)
	if err := statedir.Make(s.o.StateDir); err != nil {
		t.Fatal(err)
	}
	lock, err := statedir.TakeLock(statedir.DeliveryLock(s.o.StateDir))
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Release()
	d, err := newDeliverer(s.o, lock, newEventLog(s.o.StateDir, s.o.Host, 0))
	if err != nil {
		t.Fatal(err)
	}
	defer d.events.close()
	if next := d.watcher.rhythm.Next(); next != idle.Tick {
		t.Errorf("the first look comes after %v", next)
	}
}

// TestKnock: the kernel tells a deliverer that somebody waits; what it has to do now and then
// is due, and its consumers look.
func TestKnock(t *testing.T) {
	dir := t.TempDir()
	if err := statedir.Make(dir); err != nil {
		t.Fatal(err)
	}
	w := &watcher{
		due: make(chan struct{}, 1), dir: statedir.SpoolDir(dir), catalog: spool.NewCatalog(statedir.SpoolDir(dir)), looked: func(error) {},
	}
	wake, leave := w.consumer()
	defer leave()
	release, mine := statedir.LockStart(dir)
	if !mine {
		t.Fatal("no start.lock")
	}
	release()
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { w.run(ctx) })
	<-wake // of the first look
	eventually(t, "a knock is heard", func() bool {
		statedir.Knock(dir)
		return len(w.due) == 1 && len(wake) == 1
	})
	stop()
	running.Wait()
	if w.knocked.Load() == 0 {
		t.Error("nobody knows when")
	}
}

// TestRecordThatIsAwaited is made soon, and others twice a second.
func TestRecordThatIsAwaited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var knocked atomic.Int64
		p := &progress{knocked: &knocked}
		last := time.Now()
		time.Sleep(commitEvery / 5)
		if p.commitDue(last) {
			t.Error("due though nobody waits")
		}
		knocked.Store(time.Now().UnixNano())
		if !p.commitDue(last) {
			t.Error("not due though somebody waits")
		}
		time.Sleep(commitEvery)
		if last = time.Now().Add(-commitEvery / 5); p.commitDue(last) {
			t.Error("due though nobody waits any more")
		}
	})
}

// TestGrowthStirsWithoutInotify: where the kernel does not tell, a file that grows is seen to do
// so: a deliverer that is busy must not count as idle.
func TestGrowthStirsWithoutInotify(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "spool")
	w := &watcher{due: make(chan struct{}, 1), dir: dir, catalog: spool.NewCatalog(dir), blind: true, looked: func(err error) {
		if err != nil {
			t.Error(err)
		}
	}}
	s := spool.NewWriter(spool.WriterOptions{Dir: dir, Stream: "access"})
	defer s.Close()
	frame := append(make([]byte, spool.FrameHeader), "x\n"...)
	(&spool.Frame{First: 1, Lines: 1}).Seal(frame)
	w.refresh()
	for n := range 3 {
		if w.rhythm.IsLively() {
			t.Fatalf("look %d: lively, though nothing has come", n)
		}
		if _, err := s.Write(frame); err != nil {
			t.Fatal(err)
		}
		w.refresh()
		if !w.rhythm.IsLively() || len(w.due) != 1 {
			t.Errorf("look %d: a file that has grown: lively %v, due %v", n, w.rhythm.IsLively(), len(w.due) == 1)
		}
		<-w.due
		w.refresh()
		if len(w.due) != 0 {
			t.Errorf("look %d: due, though nothing has come since", n)
		}
		w.rhythm = idle.Rhythm{} // as after a while without
	}
}
