package relay

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/consumer"
	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/transport"
)

// endsFirstSession is one whose server has ended it by the time at which the relay ends it.
type endsFirstSession struct{ nullSession }

func (s *endsFirstSession) Close(context.Context) error { return transport.ErrPeerClosed }

// TestServerEndsFirst: a relay that has sent everything and ends its session finds that the server has
// ended it in good order. If the server is gone all is done; if it is there it may have lost what it
// took, and gets that again, over a session that ends well. Time is fake.
func TestServerEndsFirst(t *testing.T) {
	t.Parallel()
	const lines = 1000
	for _, gone := range []bool{true, false} {
		state := stateDir(t)
		synctest.Test(t, func(t *testing.T) {
			first, second := &endsFirstSession{nullSession{breakage: newBreakage()}}, &nullSession{breakage: newBreakage()}
			dials := 0
			server := &fakeServer{func(context.Context) (transport.Session, error) {
				dials++
				switch {
				case dials == 1:
					return first, nil
				case gone:
					return nil, unix.ECONNREFUSED
				}
				return second, nil
			}}
			r := newFakeRelay(t, state, spooledLines(t, state, lines), server, Options{Streams: []string{"access"}, Rewind: time.Hour, RewindBytes: 1 << 20})
			drain := make(chan struct{})
			close(drain)
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			r.Run(ctx, consumer.Ending{Drain: drain, Stop: ctx})
			if ctx.Err() != nil {
				t.Fatalf("gone %t: it has not ended, with %d connections", gone, dials)
			}
			rec, err := cursor.Read(statedir.Dir(state).Cursor(r.progress.Name()))
			if err != nil || rec.Clean == gone || r.catalog.Behind(rec.Accepted, nil) != 0 {
				t.Errorf("gone %t: %v; a clean end: %t; %d bytes are not accepted", gone, err, rec.Clean, r.catalog.Behind(rec.Accepted, nil))
			}
			if want := map[bool]uint64{true: 0, false: first.n}[gone]; second.n != want || dials != 2 {
				t.Errorf("gone %t: the server got %d bytes again, of %d, with %d connections", gone, second.n, first.n, dials)
			}
		})
	}
}
