package forwarder

import (
	"context"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/fsnotify/fsnotify"

	"httpd-syslog/forwarder/audit"
	"httpd-syslog/forwarder/idle"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/testbed"
)

// TestIdleEnds: what has to be done now and then is due at once when the first line comes
// after a while without any: with a server away, a line must not wait for its sync.
func TestIdleEnds(t *testing.T) {
	t.Parallel()
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
	w.event(fsnotify.Event{Name: statedir.Dir(dir).ServiceLock(), Op: fsnotify.Write})
	if len(w.due) != 1 {
		t.Error("the service that takes over has to wait")
	}
}

// TestDelivererIsQuickAtFirst: a deliverer that has just begun looks every second, from its
// first look on: an intake that ends waits for its sign of life, and whoever has started the
// front with --wait for the intake.
func TestDelivererIsQuickAtFirst(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.o.Timing = Timing{}
	if err := s.o.StateDir.Make(); err != nil {
		t.Fatal(err)
	}
	lock, err := statedir.TakeLock(s.o.StateDir.DeliveryLock())
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Release()
	d, err := newDeliverer(s.o, lock, audit.New(audit.Options{StateDir: s.o.StateDir, Host: s.o.Host}))
	if err != nil {
		t.Fatal(err)
	}
	defer d.events.Close()
	if next := d.watcher.rhythm.Next(); next != idle.Tick {
		t.Errorf("the first look comes after %v", next)
	}
}

// TestKnock: the kernel tells a deliverer that somebody waits for a sign of life, or for the record; what it has to do
// now and then is due, and its consumers look.
func TestKnock(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := statedir.Dir(dir).Make(); err != nil {
		t.Fatal(err)
	}
	w := &watcher{
		due: make(chan struct{}, 1), dir: statedir.Dir(dir).Spool(), catalog: spool.NewCatalog(statedir.Dir(dir).Spool()), looked: func(error) {},
	}
	wake, unsubscribe := w.subscribe()
	defer unsubscribe()
	release, mine := statedir.Dir(dir).LockStart()
	if !mine {
		t.Fatal("no start.lock")
	}
	release()
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { w.run(ctx) })
	<-wake // of the first look
	testbed.Eventually(t, "a knock is heard", func() bool {
		statedir.Dir(dir).Knock()
		return len(w.due) == 1 && len(wake) == 1
	})
	if w.awaited.Load() != 0 {
		t.Error("who knocks does not wait for the record")
	}
	<-w.due
	<-wake
	testbed.Eventually(t, "who waits for the record is heard", func() bool {
		statedir.Dir(dir).AwaitRecord()
		return len(w.due) == 1 && len(wake) == 1 && w.awaited.Load() > 0
	})
	stop()
	running.Wait()
}

// TestOverflow: when the kernel has told less than all, everything is looked at again.
func TestOverflow(t *testing.T) {
	t.Parallel()
	dir := statedir.Dir(t.TempDir())
	if err := dir.Make(); err != nil {
		t.Fatal(err)
	}
	looks := make(chan error, 1)
	w := &watcher{
		due: make(chan struct{}, 1), dir: dir.Spool(), catalog: spool.NewCatalog(dir.Spool()),
		rhythm: idle.Rhythm{Quick: time.Hour, Slow: time.Hour}, looked: func(err error) { looks <- err },
	}
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { w.run(ctx) })
	for range 2 {
		select {
		case err := <-looks:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(testbed.Patience):
			t.Fatal("nothing is looked at")
		}
		w.notify.Errors <- fsnotify.ErrEventOverflow
	}
	<-looks
	stop()
	running.Wait()
}

// TestGrowthStirsWithoutInotify: where the kernel does not tell, a file that grows is seen to do
// so: a deliverer that is busy must not count as idle.
func TestGrowthStirsWithoutInotify(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "spool")
	w := &watcher{due: make(chan struct{}, 1), dir: dir, catalog: spool.NewCatalog(dir), blind: true, looked: func(err error) {
		if err != nil {
			t.Error(err)
		}
	}}
	s := spool.NewWriter(spool.WriterOptions{Dir: dir, Stream: "access"})
	defer s.Close()
	one := append(make([]byte, frame.HeaderSize), "x\n"...)
	(&frame.Frame{First: 1, Lines: 1}).Seal(one)
	w.refresh()
	for n := range 3 {
		if w.rhythm.IsLively() {
			t.Fatalf("look %d: lively, though nothing has come", n)
		}
		if _, err := s.Write(one); err != nil {
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
