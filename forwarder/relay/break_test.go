package relay

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/consumer"
	"httpd-syslog/forwarder/relay/servers"
	"httpd-syslog/forwarder/transport"
)

// TestHowASessionBreaks: from where on lines are sent again, whether that is an outage, how long is waited, and for which
// server. Of 2,000 lines 1,000 were sent, and others are encoded. Time is fake.
func TestHowASessionBreaks(t *testing.T) {
	t.Parallel()
	const first, second = 1, 1001 // lines from which on it goes on
	ended, stop := context.WithCancel(context.Background())
	stop()
	for name, tt := range map[string]struct {
		err      error
		quiet    time.Duration // since the lines were sent
		lag      uint64        // bytes that are not accepted
		later    bool          // they are at the end
		checking time.Duration // for which the session was to be watched
		ctx      context.Context

		from      uint64
		safe      bool // what is accepted
		closed    closing
		failures  uint64
		waits     bool
		watches   time.Duration // the next session
		nextPlace string
	}{
		"a reset":                     {err: unix.ECONNRESET, quiet: time.Second, from: first, failures: 1, waits: true, nextPlace: "b"},
		"a reset when it was watched": {err: unix.ECONNRESET, quiet: time.Second, checking: time.Second, from: first, failures: 1, waits: true, nextPlace: "b"},
		"within its work":             {err: transport.ErrPeerClosed, lag: 10, quiet: time.Minute, from: first, failures: 1, waits: true, nextPlace: "b"},
		"behind its work":             {err: transport.ErrPeerClosed, from: second, closed: closedBusy, failures: 1, waits: true, nextPlace: "b"},
		"idle":                        {err: transport.ErrPeerClosed, quiet: time.Minute, from: second, safe: true, closed: closedIdle, nextPlace: "a"},
		"idle, and taken late":        {err: transport.ErrPeerClosed, lag: 10, later: true, quiet: time.Minute, from: second, safe: true, closed: closedIdle, nextPlace: "a"},
		"perhaps idle":                {err: transport.ErrPeerClosed, quiet: time.Second, from: second, closed: closedBusy, waits: true, watches: 2*time.Second + standFor, nextPlace: "a"},
		"idle for less than before":   {err: errNotIdle, quiet: time.Second, checking: time.Minute, from: second, closed: closedBusy, failures: 1, waits: true, nextPlace: "b"},
		"for a preferred server":      {err: errHome, quiet: time.Second, from: first, nextPlace: "a"},
		"the address is another":      {err: transport.ErrElsewhere, quiet: time.Second, from: first, nextPlace: "a"},
		"for another session":         {err: errAgain, quiet: time.Second, from: first, waits: true, nextPlace: "a"},
		"at the end":                  {err: context.Canceled, ctx: ended, from: first, nextPlace: "a"},
	} {
		t.Run(name, func(t *testing.T) {
			state := stateDir(t)
			synctest.Test(t, func(t *testing.T) {
				r := newFakeRelay(t, state, spooledLines(t, state, 2000), nil, Options{Rewind: time.Hour, RewindBytes: 1 << 30})
				r.servers = servers.New([]transport.Transport{&namedServer{name: "a"}, &namedServer{name: "b"}}, testServers)
				r.ending = consumer.Ending{Stop: t.Context()}
				session := &lossySession{nullSession: nullSession{breakage: newBreakage()}, lag: tt.lag}
				if !r.use(session) {
					t.Fatal("no session")
				}
				defer r.renewal.Stop()
				all := r.behind()
				for range 2 {
					f, err := r.reader.Next()
					if err != nil || f == nil {
						t.Fatal(err)
					}
					if r.batch.span.IsEmpty() && f.First == second {
						if n := r.behind(); (tt.lag == 0) != (n < all) || n <= 0 {
							t.Errorf("%d of %d bytes are behind", n, all)
						}
					}
					if err := r.encode(f); err != nil {
						t.Fatal(err)
					}
					if f.First == first {
						if err := r.send(); err != nil {
							t.Fatal(err)
						}
					}
				}
				time.Sleep(tt.quiet)
				if tt.later {
					session.lag = 0
				}
				r.idle.checking, r.record.dirty = tt.checking, false
				ctx := tt.ctx
				if ctx == nil {
					ctx = t.Context()
				}
				r.broken(ctx, tt.err)

				if r.session != nil || !r.batch.span.IsEmpty() || len(r.batch.bytes) > 0 {
					t.Errorf("the session or its batch is left")
				}
				if r.closed != tt.closed || r.idle.checking != tt.watches || (r.delay > 0) != tt.waits || r.delay > time.Second {
					t.Errorf("closed %d, to be watched for %v, waits %v", r.closed, r.idle.checking, r.delay)
				}
				if r.record.count.Failures != tt.failures || r.outage.IsOn() != (tt.failures > 0) {
					t.Errorf("%d failures, an outage: %v", r.record.count.Failures, r.outage.IsOn())
				}
				if got := r.servers.Current().String(); got != "fake://"+tt.nextPlace {
					t.Errorf("the server is %s", got)
				}
				if got := len(r.window.Safe()) > 0; got != tt.safe {
					t.Errorf("safe: %v", r.window.Safe())
				}
				if f, err := r.reader.Next(); err != nil || f == nil || f.First != tt.from {
					t.Errorf("goes on at %+v, %v; want line %d", f, err, tt.from)
				}
			})
		})
	}
}

// TestServerIsGone: a server that cannot be connected to has lost nothing for want of which lines would be sent again at an
// end, and need not be watched any more; that is a failure, and an outage.
func TestServerIsGone(t *testing.T) {
	t.Parallel()
	state := stateDir(t)
	server := &fakeServer{}
	r := newFakeRelay(t, state, spooledLines(t, state, 1), server, Options{})
	for was, want := range map[closing]closing{notClosed: notClosed, closedIdle: closedIdle, closedBusy: closedGone, closedGone: closedGone} {
		r.closed, r.idle.checking = was, time.Second
		before := r.record.count.Failures
		r.unreachable(server, unix.ECONNREFUSED)
		if r.closed != want || r.idle.checking != 0 || r.record.count.Failures != before+1 || !r.outage.IsOn() {
			t.Errorf("of %d: %d, watched for %v, %d failures", was, r.closed, r.idle.checking, r.record.count.Failures-before)
		}
		if h := r.progress.RelayHealth(); h.Failures != r.record.count.Failures {
			t.Errorf("the status says %+v", h)
		}
	}
}
