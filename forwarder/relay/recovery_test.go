package relay

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/consumer"
	"httpd-syslog/forwarder/relay/pace"
	"httpd-syslog/forwarder/transport"
)

// TestRecovery: once a server can be reached again everything that waited is with it
// within 2 s, the backoff and the attempt that is under way, however long it was
// away. hangs: an attempt meanwhile takes its time, as where packets are dropped
// without a word; else it fails at once. Time is fake.
func TestRecovery(t *testing.T) {
	t.Parallel()
	const connectTimeout = 10 * time.Second
	for _, hangs := range []time.Duration{0, connectTimeout} {
		for _, away := range []time.Duration{time.Second, 10 * time.Second, time.Minute, time.Hour, 4 * time.Hour} {
			t.Run(fmt.Sprintf("hangs %v/away %v", hangs, away), func(t *testing.T) {
				t.Parallel()
				const runs = 20
				var worst time.Duration
				var most int
				for range runs {
					took, tries := recovery(t, away, hangs)
					worst, most = max(worst, took), max(most, tries)
				}
				limit := 2*time.Second + pace.Max + hangs
				t.Logf("%d runs: all is there at most %v after the server is back (want %v), with %d attempts", runs, worst, limit, most)
				if worst > limit {
					t.Error("that is too late")
				}
			})
		}
	}
}

// recovery tells how long after a server's return it has what waited for it.
func recovery(t *testing.T, away, hangs time.Duration) (took time.Duration, tries int) {
	state := stateDir(t)
	synctest.Test(t, func(t *testing.T) {
		const lines = 1000
		until := time.Now().Add(away)
		got := &nullSession{breakage: newBreakage()}
		server := &fakeServer{func(ctx context.Context) (transport.Session, error) {
			tries++
			switch {
			case !time.Now().Before(until):
				return got, nil
			case hangs == 0:
				return nil, unix.ECONNREFUSED
			case !consumer.Sleep(ctx, hangs):
				return nil, ctx.Err()
			}
			return nil, errors.New("i/o timeout")
		}}
		r := newFakeRelay(t, state, spooledLines(t, state, lines), server, Options{Rewind: time.Minute, RewindBytes: 1 << 20})
		_, end := start(t, r)
		time.Sleep(away)
		synctest.Wait()
		for back := time.Now(); !r.progress.AtEnd(); took = time.Since(back) {
			time.Sleep(10 * time.Millisecond)
			synctest.Wait()
		}
		end()
		if got.n < lines*uint64(len("line 1")) {
			t.Error("not everything has come")
		}
	})
	return took, tries
}
