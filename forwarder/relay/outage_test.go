package relay

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"httpd-syslog/forwarder/consumer"
	"httpd-syslog/forwarder/relay/pace"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/status"
	"httpd-syslog/forwarder/transport"
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
	t.Parallel()
	state := stateDir(t)
	synctest.Test(t, func(t *testing.T) {
		const lines, failures = 1000, 7
		var r *Relay
		var since time.Time // of the outage
		var tries atomic.Int32
		last := &nullSession{breakage: newBreakage()}
		server := &fakeServer{func(context.Context) (transport.Session, error) {
			dials := tries.Add(1)
			st := r.progress.RelayHealth()
			switch {
			case dials == 1 && st.State == status.RelayDown:
				t.Error("down before anything was wrong")
			case dials == 2:
				since = st.Since
			}
			if dials > 1 && (st.State != status.RelayDown || st.Since != since || st.Error == "") {
				t.Errorf("connection %d: %s since %v, by the events down since %v", dials, st.State, st.Since, since)
			}
			if dials <= failures {
				return goneSession(standFor/2, transport.ErrPeerClosed), nil
			}
			return last, nil
		}}
		r = newFakeRelay(t, state, spooledLines(t, state, lines), server, Options{Rewind: time.Hour, RewindBytes: 1 << 30})
		wake, end := start(t, r)
		for st := r.progress.RelayHealth(); tries.Load() <= failures || st.State != status.RelayUp; st = r.progress.RelayHealth() {
			time.Sleep(time.Second)
			synctest.Wait()
			select {
			case wake <- struct{}{}:
			default:
			}
		}
		end()
		st := r.progress.RelayHealth()
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
		_, told, _ := strings.Cut(eventsOf(t, r, state), "caught up, with ")
		if n, _, _ := strings.Cut(told, " "); n != "0" {
			t.Errorf("%q lines were caught up with, though all had been there before the outage", n)
		}
	})
}

// TestSessionsOfAServerThatAnswers: a session that breaks soon, but has had lines answered, shows that
// the server works: the next one is tried as soon as after the first failure. Time is fake.
func TestSessionsOfAServerThatAnswers(t *testing.T) {
	t.Parallel()
	state := stateDir(t)
	synctest.Test(t, func(t *testing.T) {
		catalog, w := spooledTexts(t, state, nil)
		server := &choosyServer{answers: true, alone: standFor / 2, err: errors.New("i/o timeout")} // nothing that a message may be the reason for
		r := newFakeRelay(t, state, catalog, &fakeServer{server.dial}, Options{Rewind: time.Minute, RewindBytes: 1 << 30})
		n, since, worst := 0, time.Now(), time.Duration(0)
		inFakeTime(t, r, 10*time.Minute, func() bool {
			worst = max(worst, time.Since(since))
			if n == 0 || server.has(fmt.Sprintf("line %d.", n)) {
				n, since = n+1, time.Now()
				w.Texts(fmt.Sprintf("line %d.", n))
			}
			return false
		})
		if limit := 2*time.Second + 4*pace.First; worst > limit || r.record.count.Failures < 100 {
			t.Errorf("a line has waited for %v, want %v at most; %d lines, %d failures", worst, limit, n, r.record.count.Failures)
		}
	})
}

// TestRelayThatIsAwayIsNotWokenByLines: it has no use for them, and would look
// at every spool file for each.
func TestRelayThatIsAwayIsNotWokenByLines(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	catalog := spool.NewCatalog(dir)
	wake := make(chan struct{}, 1)
	wake <- struct{}{}
	r := &Relay{wake: wake, catalog: catalog, progress: consumer.NewProgress(consumer.ProgressOptions{StateDir: statedir.Dir(dir), Name: "relay", Catalog: catalog})}
	r.ending.Stop = t.Context()
	if !r.pause(time.Millisecond) {
		t.Error("no further attempt")
	}
	if len(wake) != 1 {
		t.Error("it took a wake-up")
	}
}

// TestFailureIsTold: a relay that cannot connect is down, since its first failure, with the reason of the last one.
func TestFailureIsTold(t *testing.T) {
	t.Parallel()
	state := stateDir(t)
	r := newFakeRelay(t, state, spooledLines(t, state, 1), &fakeServer{}, Options{})
	begun := time.Now()
	var since time.Time
	for n, reason := range []string{"refused", "no route"} {
		r.failed(r.servers.Current(), errors.New(reason))
		st := r.progress.RelayHealth()
		if st.State != status.RelayDown || st.Failures != uint64(n+1) || st.Error != reason || st.Server != "fake://server" || st.Since.Before(begun) || st.ErrorAt.Before(st.Since) || n > 0 && !st.Since.Equal(since) {
			t.Errorf("failure %d: %+v", n, st)
		}
		since = st.Since
	}
}

// TestStreamsThatAreNotSent are passed over, and need not be kept for the relay.
func TestStreamsThatAreNotSent(t *testing.T) {
	t.Parallel()
	state := stateDir(t)
	c := spooledLines(t, state, 3)
	for _, wanted := range []bool{false, true} {
		o := Options{Streams: []string{"audit"}}
		if wanted {
			o.Streams = append(o.Streams, "access")
		}
		r := newFakeRelay(t, state, c, &fakeServer{}, o)
		if is := r.hasLine(); is != wanted || r.record.dirty == wanted {
			t.Errorf("wanted %t: has a line: %t, to be recorded: %t", wanted, is, r.record.dirty)
		}
		for f, end := range c.Ends() {
			if safe := r.window.Safe()[f]; (safe == end) == wanted || (r.window.Accepted()[f] == end) == wanted {
				t.Errorf("wanted %t: safe up to %v of %v", wanted, safe, end)
			}
		}
	}
}
