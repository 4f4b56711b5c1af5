package relay

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/relay/servers"
	"httpd-syslog/forwarder/relp"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/status"
	"httpd-syslog/forwarder/testbed"
	"httpd-syslog/forwarder/transport"
)

// closesIdle has it hang up when nothing has come for a while.
func (s *choosyServer) closesIdle(after time.Duration) *choosyServer {
	s.idle = after
	return s
}

// TestIdleConnectionIsClosed: a server that has read everything and ends connections over which
// nothing comes costs no outage, no event, no change of server and, unless lines came within the
// last five seconds, no repeat. Then it gets them once more, and no oftener. Time is fake.
func TestIdleConnectionIsClosed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		idle, every time.Duration
		lines       int
		repeats     int // of each line, at most
		err         error
	}{
		{idle: 50 * time.Second, every: time.Minute, lines: 60},
		{idle: 50 * time.Second, every: 10 * time.Minute, lines: 10},
		{idle: 6 * time.Second, every: 7 * time.Second, lines: 100},
		{idle: 2 * time.Second, every: 5 * time.Second, lines: 100, repeats: 1},
		{idle: 2 * time.Second, every: time.Minute, lines: 20, repeats: 1},
		{idle: 50 * time.Second, every: time.Minute, lines: 20, err: relp.ErrServerClose},
	} {
		t.Run(fmt.Sprintf("%v/every %v", c.idle, c.every), func(t *testing.T) {
			t.Parallel()
			state := stateDir(t)
			synctest.Test(t, func(t *testing.T) {
				catalog, w := spooledTexts(t, state, nil)
				server := (&choosyServer{err: transport.ErrPeerClosed}).closesIdle(c.idle)
				if c.err != nil {
					server.err = c.err
				}
				second := &choosyServer{}
				r := newFakeRelay(t, state, catalog, &fakeServer{server.dial}, Options{Rewind: 10 * time.Minute, RewindBytes: 1 << 30})
				r.servers = servers.New([]transport.Transport{&fakeServer{server.dial}, &fakeServer{second.dial}}, testServers)
				next, n := time.Now(), 0
				inFakeTime(t, r, c.every*time.Duration(c.lines+2), func() bool {
					if n < c.lines && !time.Now().Before(next) {
						w.Texts(fmt.Sprintf("line %d.", n))
						next, n = next.Add(c.every), n+1
					}
					return false
				})
				if events := eventsOf(t, r, state); strings.Contains(events, "down") || r.record.count.Failures > 0 {
					t.Errorf("%d failures; events: %s", r.record.count.Failures, events)
				}
				if second.dials > 0 {
					t.Errorf("%d connections to the second server", second.dials)
				}
				times := make(map[string]int)
				for _, m := range server.got {
					times[m]++
					if times[m] > 1+c.repeats {
						t.Fatalf("%q came %d times", m, times[m])
					}
				}
				if len(times) != c.lines {
					t.Errorf("%d lines of %d came", len(times), c.lines)
				}
				if most := c.lines*(1+c.repeats) + 2; server.dials > most {
					t.Errorf("%d connections for %d lines", server.dials, c.lines)
				}
				t.Logf("%d lines, %d messages, %d connections", c.lines, len(server.got), server.dials)
			})
		})
	}
}

// TestIdleCloseIsSafe: a server that ends an idle connection has read what came over it. A later
// break has none of it sent again, nor has a kill of the relay: the record says so. Time is fake.
func TestIdleCloseIsSafe(t *testing.T) {
	t.Parallel()
	state := stateDir(t)
	texts := testbed.TextsWith(100, nil)
	synctest.Test(t, func(t *testing.T) {
		catalog, w := spooledTexts(t, state, texts)
		server := (&choosyServer{err: transport.ErrPeerClosed}).closesIdle(10 * time.Second)
		r := newFakeRelay(t, state, catalog, &fakeServer{server.dial}, Options{Streams: []string{"access"}, Rewind: time.Hour, RewindBytes: 1 << 30})
		begun := time.Now()
		var times map[string]int
		inFakeTime(t, r, 10*time.Minute, func() bool {
			server.mu.Lock()
			defer server.mu.Unlock()
			if time.Since(begun) > 30*time.Second && w.Next == 101 {
				if rec, err := cursor.Read(statedir.Dir(state).Cursor(r.progress.Name())); err != nil || catalog.Behind(rec.Safe, nil) != 0 {
					t.Errorf("%d bytes are not safe, by the record: %v", catalog.Behind(rec.Safe, nil), err)
				}
				server.last, server.err = "breaks", unix.ECONNRESET
				w.Texts("behind", "breaks")
			}
			times = make(map[string]int)
			for _, m := range server.got {
				_, text, _ := strings.Cut(m, "] ")
				times[text]++
			}
			return times["breaks"] == 2
		})
		for _, text := range texts {
			if times[text] != 1 {
				t.Errorf("%q came %d times", text, times[text])
			}
		}
		if times["behind"] != 2 || times["breaks"] != 2 {
			t.Errorf("lines of the session that broke came %d and %d times", times["behind"], times["breaks"])
		}
	})
}

// TestLineAfterIdleClose: once it is known that a server ends idle connections, a line is sent as soon
// as it has woken the relay. Time is fake.
func TestLineAfterIdleClose(t *testing.T) {
	t.Parallel()
	state := stateDir(t)
	synctest.Test(t, func(t *testing.T) {
		catalog, w := spooledTexts(t, state, []string{"first"})
		server := (&choosyServer{err: transport.ErrPeerClosed}).closesIdle(2 * time.Second)
		r := newFakeRelay(t, state, catalog, &fakeServer{server.dial}, Options{Streams: []string{"access"}, Rewind: time.Hour, RewindBytes: 1 << 30})
		wake, end := start(t, r)
		time.Sleep(time.Minute)
		if n := server.connections(); n != 3 { // the watch, and what was sent less than five seconds before
			t.Errorf("%d connections for the first line", n)
		}
		w.Texts("second")
		_ = r.catalog.Refresh()
		for _, f := range catalog.Files() {
			f.Touch() // as the watcher does
		}
		wake <- struct{}{}
		time.Sleep(time.Second)
		if !server.has("second") {
			t.Errorf("the line is not sent after a second, with %d connections", server.connections())
		}
		end()
	})
}

// TestClosedUnderLoad: a server that ends a connection in good order while lines come is away:
// what it may have lost is sent again, and events say so. Time is fake.
func TestClosedUnderLoad(t *testing.T) {
	t.Parallel()
	state := stateDir(t)
	synctest.Test(t, func(t *testing.T) {
		catalog, w := spooledTexts(t, state, testbed.TextsWith(100, nil))
		server := &choosyServer{err: transport.ErrPeerClosed, last: "cue"}
		r := newFakeRelay(t, state, catalog, &fakeServer{server.dial}, Options{Rewind: 10 * time.Minute, RewindBytes: 1 << 30})
		cued := false
		begun := time.Now()
		inFakeTime(t, r, 30*time.Second, func() bool {
			w.Texts("more")
			if !cued && time.Since(begun) > 10*time.Second {
				cued = true
				w.Texts("cue")
			}
			return false
		})
		if events := eventsOf(t, r, state); !strings.Contains(events, "down: fake://server: the server has closed the connection") {
			t.Errorf("events: %s", events)
		}
		if n := strings.Count(strings.Join(server.got, "\n"), "] line 0."); n != 2 {
			t.Errorf("the first line came %d times", n)
		}
	})
}

// TestClosedIdleAndGone: the outage of a server that has ended an idle connection begins when a
// line cannot be sent, and nothing is repeated. Time is fake.
func TestClosedIdleAndGone(t *testing.T) {
	t.Parallel()
	state := stateDir(t)
	synctest.Test(t, func(t *testing.T) {
		catalog, w := spooledTexts(t, state, testbed.TextsWith(100, nil))
		server := &choosyServer{err: transport.ErrPeerClosed, restart: time.Hour}
		server.closesIdle(10 * time.Second)
		r := newFakeRelay(t, state, catalog, &fakeServer{server.dial}, Options{Streams: []string{"access"}, Rewind: time.Hour, RewindBytes: 1 << 30})
		begun := time.Now()
		inFakeTime(t, r, 3*time.Hour, func() bool {
			since := time.Since(begun)
			if st := r.progress.RelayHealth(); st.State == status.RelayDown && since < 30*time.Minute {
				t.Fatalf("down after %v, without a line", since)
			}
			if since > 30*time.Minute && w.Next == 101 {
				w.Texts("behind")
			}
			server.mu.Lock()
			server.idle = 0
			server.mu.Unlock()
			return server.has("behind")
		})
		events := eventsOf(t, r, state)
		if !strings.Contains(events, "down: fake://server: connection refused") || !server.has("behind") || len(server.got) != 101 {
			t.Errorf("%d messages came, of 101; events: %s", len(server.got), events)
		}
	})
}

// TestServerEndsBehindTheLastLine: what a server took before it ended in good order, and went
// away, is done for those who wait for it; and is sent again all the same if it is back. Time is
// fake.
func TestServerEndsBehindTheLastLine(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err  error
		done bool
	}{{transport.ErrPeerClosed, true}, {unix.ECONNRESET, false}, {errors.New("i/o timeout"), false}} {
		state := stateDir(t)
		texts := testbed.TextsWith(100, nil)
		synctest.Test(t, func(t *testing.T) {
			catalog, w := spooledTexts(t, state, texts)
			w.Close()
			server := &choosyServer{err: c.err, restart: time.Hour}
			server.last = texts[99]
			r := newFakeRelay(t, state, catalog, &fakeServer{server.dial}, Options{Streams: []string{"access"}, Rewind: time.Hour, RewindBytes: 1 << 30})
			done := inFakeTime(t, r, time.Minute, func() bool { return server.connections() > 1 && r.progress.AtEnd() })
			if done != c.done {
				t.Errorf("%v behind the last line: done is %t", c.err, done)
			}
			rec, err := cursor.Read(statedir.Dir(state).Cursor(r.progress.Name()))
			if err != nil || rec.Clean {
				t.Errorf("%v; a clean end: %t", err, rec.Clean)
			}
			if all := catalog.Behind(rec.Accepted, nil) == 0; all != c.done {
				t.Errorf("%v: all is accepted, by the record: %t", c.err, all)
			}
			server = &choosyServer{}
			r = resumed(t, r, state, catalog, server)
			if !inFakeTime(t, r, time.Minute, func() bool { return server.has(texts[99]) }) || !server.has(texts[0]) {
				t.Errorf("%v: they are not sent again", c.err)
			}
		})
	}
}
