package relay

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/relay/servers"
	"httpd-syslog/forwarder/transport"
)

// namedServer is a made-up server with a name of its own.
type namedServer struct {
	fakeServer
	name string
}

func (s *namedServer) String() string { return "fake://" + s.name }

// TestBackToThePreferredServer: a relay goes back to the server that it prefers when that is there again. What the other
// one has is safe if that ends the session in good order, and else is sent again. Time is fake.
func TestBackToThePreferredServer(t *testing.T) {
	t.Parallel()
	const lines = 1000
	for _, orderly := range []bool{true, false} {
		state := stateDir(t)
		synctest.Test(t, func(t *testing.T) {
			var up atomic.Bool
			home, well, badly := &nullSession{breakage: newBreakage()}, &nullSession{breakage: newBreakage()}, &endsFirstSession{nullSession{breakage: newBreakage()}}
			preferred := &namedServer{fakeServer{func(context.Context) (transport.Session, error) {
				if !up.Load() {
					return nil, unix.ECONNREFUSED
				}
				return home, nil
			}}, "preferred"}
			other := &namedServer{fakeServer{func(context.Context) (transport.Session, error) {
				if orderly {
					return well, nil
				}
				return badly, nil
			}}, "other"}
			r := newFakeRelay(t, state, spooledLines(t, state, lines), nil, Options{Rewind: time.Hour, RewindBytes: 1 << 20})
			r.servers = servers.New([]transport.Transport{preferred, other}, testServers)
			wake, end := start(t, r)
			await := func(server string) {
				t.Helper()
				for range 600 {
					if r.progress.AtEnd() && r.progress.RelayHealth().Server == "fake://"+server {
						return
					}
					time.Sleep(time.Second / 10)
					synctest.Wait()
					select {
					case wake <- struct{}{}:
					default:
					}
				}
				t.Fatalf("in good order %t: not all is with the %s server, but at %s", orderly, server, r.progress.RelayHealth().Server)
			}
			await("other")
			up.Store(true)
			await("preferred")
			time.Sleep(time.Second)
			synctest.Wait()
			end()
			got := well.n + badly.n
			if again := home.n; got == 0 || orderly && again != 0 || !orderly && again != got {
				t.Errorf("in good order %t: %d of %d bytes are sent again", orderly, again, got)
			}
			if told := eventsOf(t, r, state); !strings.Contains(told, "relay central: back from fake://other to fake://preferred") {
				t.Errorf("in good order %t: %s", orderly, told)
			}
		})
	}
}
