package forwarder

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// goneSession takes what it is given, and breaks after a while.
func goneSession(after time.Duration, err error) *nullSession {
	s := &nullSession{breakage: newBreakage()}
	time.AfterFunc(after, func() { s.fail(err) })
	return s
}

// TestOutageOfSessionsThatDoNotStand: a server that takes connections and closes them is down
// since the first time, as the events say, until a session stands; and what it took meanwhile
// and gets again is no delay, nor a line of the backlog that was caught up with. Time is fake.
func TestOutageOfSessionsThatDoNotStand(t *testing.T) {
	state := newSite(t).o.StateDir
	synctest.Test(t, func(t *testing.T) {
		const lines, failures = 1000, 7
		var r *relay
		var since time.Time // of the outage
		var tries atomic.Int32
		last := &nullSession{breakage: newBreakage()}
		server := &fakeServer{func(context.Context) (session, error) {
			dials := tries.Add(1)
			st, _ := r.progress.report.read()
			switch {
			case dials == 1 && st.State == RelayDown:
				t.Error("down before anything was wrong")
			case dials == 2:
				since = st.Since
			}
			if dials > 1 && (st.State != RelayDown || st.Since != since || st.Error == "") {
				t.Errorf("connection %d: %s since %v, by the events down since %v", dials, st.State, st.Since, since)
			}
			if dials <= failures {
				return goneSession(standFor/2, errPeerClosed), nil
			}
			return last, nil
		}}
		r = newFakeRelay(t, state, spooledLines(t, state, lines), server, RelayOptions{Rewind: time.Hour, RewindBytes: 1 << 30})
		wake := make(chan struct{})
		r.wake = wake
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			r.run(ctx, ending{stop: ctx})
		}()
		for st, _ := r.progress.report.read(); tries.Load() <= failures || st.State != RelayUp; st, _ = r.progress.report.read() {
			time.Sleep(time.Second)
			synctest.Wait()
			select {
			case wake <- struct{}{}:
			default:
			}
		}
		cancel()
		<-ended
		st, _ := r.progress.report.read()
		if st.Failures != failures || st.Lines-st.Repeated != lines || st.Since.Sub(since) < time.Second {
			t.Errorf("%d failures, %d lines, %d of them repeated; up %v after the outage began",
				st.Failures, st.Lines, st.Repeated, st.Since.Sub(since))
		}
		var delays uint64
		for _, n := range st.Latency.Counts {
			delays += n
		}
		if delays > lines/1000+1 {
			t.Errorf("%d delays of %d frames: repeats count", delays, lines/1000)
		}
		if r.outage.lines > lines {
			t.Errorf("%d lines count as caught up", r.outage.lines)
		}
	})
}
