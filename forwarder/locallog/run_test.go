package locallog

import (
	"context"
	"testing"
	"time"

	"httpd-syslog/forwarder/consumer"
	"httpd-syslog/forwarder/testbed"
	"httpd-syslog/rotate"
)

// running is a local log that runs by itself.
type running struct {
	*site
	*Log
	wake, drain, done chan struct{}
	stop              context.CancelFunc
}

// run has the local log run until it is told to end.
func (s *site) run() *running {
	s.t.Helper()
	s.o.Timing = Timing{Tick: time.Millisecond, Nap: time.Millisecond}
	r := &running{site: s, Log: s.newLocal(), wake: make(chan struct{}, 1), drain: make(chan struct{}), done: make(chan struct{})}
	r.Log.Wake = r.wake
	ctx, cancel := context.WithCancel(context.Background())
	r.stop = cancel
	go func() {
		defer close(r.done)
		r.Run(context.Background(), consumer.Ending{Drain: r.drain, Stop: ctx})
	}()
	s.t.Cleanup(func() { cancel(); <-r.done; r.Events.Close(); s.lock.Release() })
	return r
}

// look has the local log see what is new in the spool.
func (r *running) look() {
	r.t.Helper()
	must(r.t, r.Catalog.Refresh())
	for _, f := range r.Catalog.Files() {
		f.Touch()
	}
	r.wake <- struct{}{}
}

// ended waits for the end.
func (r *running) ended() {
	r.t.Helper()
	testbed.Eventually(r.t, "it has ended", func() bool { return consumer.IsClosed(r.done) })
}

// TestRun: a local log that runs waits for its directory, writes what comes as it comes, says when nothing is left to
// do, and ends when it is told to: at once, or when all is written; what it has written is committed then.
func TestRun(t *testing.T) {
	t.Parallel()
	for name, drains := range map[string]bool{"drains": true, "stops": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			other, err := rotate.LockDir(s.o.Dir)
			must(t, err)
			w := s.writer("access")
			w.Lines(10)
			r := s.run()
			testbed.Eventually(t, "it knows that the directory is another's", func() bool { return r.Progress.LocalHealth().Error != "" })
			if s.local("access_log") != "" || r.Progress.AtEnd() {
				t.Error("it writes to a directory that is another's")
			}
			must(t, other.Close())
			testbed.Eventually(t, "the first lines are there", func() bool { return s.local("access_log") == testbed.Numbered(1, 10) })
			w.Lines(5)
			r.look()
			testbed.Eventually(t, "the next lines are there", func() bool { return s.local("access_log") == testbed.Numbered(1, 15) })
			lines := 15
			if drains {
				w.Lines(5)
				lines = 20
				must(t, r.Catalog.Refresh())
				for _, f := range r.Catalog.Files() {
					f.Touch()
				}
				close(r.drain)
				w.Close()
			} else {
				w.Close()
				r.look()
				testbed.Eventually(t, "it is at the end, as no writer is left", r.Progress.AtEnd)
				r.stop()
			}
			r.ended()
			if got := s.local("access_log"); got != testbed.Numbered(1, lines) {
				t.Errorf("the file has %q", got)
			}
			again, err := rotate.LockDir(s.o.Dir)
			if err != nil {
				t.Fatal("the directory is still held: ", err)
			}
			must(t, again.Close())
			if n := s.status().Streams[0].Lines; n != uint64(lines) {
				t.Errorf("%d lines are recorded, of %d", n, lines)
			}
		})
	}
}

// TestStopWhileItCannotBegin: whoever waits for a directory that is another's ends when it is told to.
func TestStopWhileItCannotBegin(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	other, err := rotate.LockDir(s.o.Dir)
	must(t, err)
	defer other.Close()
	r := s.run()
	r.stop()
	r.ended()
}
