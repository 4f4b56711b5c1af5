package intake

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"httpd-syslog/forwarder/idle"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/testbed"
)

// One intake at a time starts a deliverer; one that stands still while it does is not
// waited for.
func TestOneStartsADeliverer(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "state"), 0o750); err != nil {
		t.Fatal(err)
	}
	release, mine := statedir.Dir(dir + "/state").LockStart()
	if !mine {
		t.Fatal("nobody has the lock, and it is taken")
	}
	defer release()
	d := &Starter{StateDir: statedir.Dir(dir + "/state"), Launch: func() (int, error) {
		return startProcess("/bin/true", []string{"true"}, "/", nil)
	}}
	if d.Start() || d.pid != 0 {
		t.Fatal("two start one at the same time")
	}
	d.deferred = time.Now().Add(-3 * atOnce)
	if !d.Start() || d.pid == 0 {
		t.Fatal("who stands still keeps others from starting one")
	}
	testbed.Eventually(t, "its end", func() bool { // there is nothing to do for it
		_, ended := Reap(d.pid)
		return ended
	})
}

// TestDelivererThatCannotBeStarted: it is told once, and when it is over; a program that is
// not there is not waited for at the end.
func TestDelivererThatCannotBeStarted(t *testing.T) {
	dir := t.TempDir()
	launched, status := error(ErrNoDaemon), "0"
	var told []error
	d := &Starter{
		StateDir: statedir.Dir(dir),
		Launch: func() (int, error) {
			if launched != nil {
				return 0, launched
			}
			return startProcess("/bin/sh", []string{"sh", "-c", "exit " + status}, "/", nil)
		},
		Tell: func(err error) { told = append(told, err) },
	}
	again := func() bool {
		d.notBefore = time.Time{}
		return d.Start()
	}
	for range 2 {
		if d.Start() {
			t.Fatal("it is started")
		}
	}
	if again() || len(told) != 1 || !errors.Is(told[0], ErrNoDaemon) {
		t.Fatalf("told %v", told)
	}
	d.HandOver()
	launched, status = nil, "3"
	if !again() {
		t.Fatal("it is not started")
	}
	testbed.Eventually(t, "it is known that it has ended", func() bool { return !d.Start() })
	if len(told) != 2 || !strings.Contains(told[1].Error(), "exit status 3") {
		t.Fatalf("told %v", told)
	}
	lock, err := statedir.TakeLock(statedir.Dir(dir).DeliveryLock())
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Release()
	if !d.Start() || len(told) != 3 || told[2] != nil {
		t.Errorf("told %v when somebody delivers", told)
	}
}

// TestHandOver: an intake that ends knocks at the process that delivers, and waits for its sign of life; for the record it
// does not wait.
func TestHandOver(t *testing.T) {
	dir := statedir.Dir(t.TempDir())
	lock, err := statedir.TakeLock(dir.DeliveryLock())
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Release()
	old := time.Now().Add(-time.Hour)
	lock.Touch(old)
	if err := os.WriteFile(dir.ServiceLock(), nil, 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(dir.ServiceLock(), old, old); err != nil {
		t.Fatal(err)
	}
	d := &Starter{StateDir: dir, Launch: func() (int, error) { t.Error("another deliverer is started"); return 0, ErrNoDaemon }}
	var ends sync.WaitGroup
	ends.Go(d.HandOver)
	testbed.Eventually(t, "it knocks", func() bool {
		st, err := os.Stat(dir.ServiceLock())
		return err == nil && st.ModTime().After(old)
	})
	lock.Touch(time.Now())
	ends.Wait()
	if testbed.Exists(dir.Awaited()) {
		t.Error("it waits for the record")
	}
}

// TestStartIsTriedNowAndThen: an intake whose lines nobody delivers tries once a second to start somebody,
// and does not turn in circles.
func TestStartIsTriedNowAndThen(t *testing.T) {
	var mu sync.Mutex
	var tries []time.Time
	began := time.Now() // not the first try: that may be late
	p := runPiped(t, 1<<20, func(o *Options) {
		o.Start = func() bool {
			mu.Lock()
			defer mu.Unlock()
			tries = append(tries, time.Now())
			return false
		}
	})
	p.write(1)
	const atOnce = 3 // for the keeper's own begin, the first line in the spool, and an attempt to write that is news
	const enough = atOnce + 2
	testbed.Eventually(t, "it tries", func() bool { mu.Lock(); defer mu.Unlock(); return len(tries) >= enough })
	p.end()
	if took := tries[enough-1].Sub(began); took < (enough-atOnce)*idle.Tick {
		t.Errorf("%d tries in %v", enough, took)
	}
}
