package forwarder

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"httpd-syslog/forwarder/syslogfmt"
)

// accepted is how many connections the server has taken.
func (c *central) accepted() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.conns)
}

// TestRenewal: connections are ended in good order and begun anew, under load and idle;
// no line comes twice, is missing, or overtakes another, and nothing is told.
func TestRenewal(t *testing.T) {
	overConnections(t, func(t *testing.T, scheme string) {
		c := newCentralOver(t, scheme)
		o := relayTo(c, "central")
		o.Reconnect = 20 * time.Millisecond
		s := newSite(t, o)
		w := s.writer("access")
		stop := s.deliver()
		n := 0
		eventually(t, "connections are renewed under load", func() bool {
			w.write(100)
			n += 100
			return c.accepted() > 5
		})
		eventually(t, "all is at the server", func() bool { return c.count() >= n })
		idle := c.accepted()
		eventually(t, "connections are renewed while nothing comes", func() bool { return c.accepted() > idle+2 })
		w.close()
		if err := stop(); err != nil {
			t.Error(err)
		}
		lines := c.lines()
		for i, m := range lines {
			if want := fmt.Sprint("line ", i+1); m.text != want {
				t.Fatalf("line %d of %d is %q after %d connections", i+1, len(lines), m.text, c.accepted())
			}
		}
		if len(lines) != n {
			t.Errorf("%d lines of %d", len(lines), n)
		}
		if log := s.local("audit_log"); strings.Contains(log, "relay central") {
			t.Errorf("events: %s", log)
		}
	})
}

// TestRenewalAtReload: a reload renews the connections that are renewed now and then, and
// leaves the others alone.
func TestRenewalAtReload(t *testing.T) {
	c, d := newCentral(t), newCentral(t)
	often, never := relayTo(c, "often"), relayTo(d, "never")
	often.Reconnect = time.Hour
	s := newSite(t, often, never)
	service, stop := s.runService()
	w := s.writer("access")
	for n := 1; n <= 3; n++ {
		w.write(100)
		eventually(t, "lines at both servers", func() bool { return c.count() == 100*n && d.count() == 100*n })
		if err := service.Reload(t.Context(), s.o); err != nil {
			t.Fatal(err)
		}
		eventually(t, "a new connection to one", func() bool { return c.accepted() > n })
	}
	w.close()
	stop()
	if c.accepted() != 4 || d.accepted() != 1 {
		t.Errorf("%d and %d connections, want 4 and 1", c.accepted(), d.accepted())
	}
	checkRepeats(t, c.messages(), "access", 300)
	if c.count() != 300 || d.count() != 300 {
		t.Errorf("%d and %d lines", c.count(), d.count())
	}
}

// TestRenewalMeetsAnOutage: where nobody answers any more after the end of a connection,
// that is an outage, and nothing comes twice when it is over.
func TestRenewalMeetsAnOutage(t *testing.T) {
	c := newCentral(t)
	o := relayTo(c, "central")
	o.Reconnect = time.Hour
	s := newSite(t, o)
	service, stop := s.runService()
	w := s.writer("access")
	w.write(100)
	eventually(t, "lines at the server", func() bool { return c.count() == 100 })
	c.mu.Lock()
	c.l.Close() // the connection stands
	c.mu.Unlock()
	if err := service.Reload(t.Context(), s.o); err != nil {
		t.Fatal(err)
	}
	eventually(t, "an event", func() bool { return strings.Contains(s.local("audit_log"), "relay central: down: ") })
	w.write(100)
	c.open()
	eventually(t, "the rest at the server", func() bool { return hasLine(c, "line 200") })
	w.close()
	stop()
	if c.count() != 200 {
		t.Errorf("%d lines, want 200", c.count())
	}
}

// stubbornSession is one whose server does not end it in good order.
type stubbornSession struct{ nullSession }

func (s *stubbornSession) Close(context.Context) error { return errors.New("not in good order") }

// TestRenewalNotInGoodOrder: the lines that may be lost come again, and an event says so.
func TestRenewalNotInGoodOrder(t *testing.T) {
	state := newSite(t).o.StateDir
	var sessions []*stubbornSession
	server := &fakeServer{func(context.Context) (session, error) {
		sessions = append(sessions, &stubbornSession{nullSession{breakage: newBreakage()}})
		return sessions[len(sessions)-1], nil
	}}
	r := newFakeRelay(t, state, spooledLines(t, state, 1000), server, RelayOptions{Rewind: time.Hour, RewindBytes: 1 << 20, Reconnect: time.Hour})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		r.run(ctx, ending{stop: ctx})
	}()
	eventually(t, "all is sent", r.progress.isAtEnd)
	r.reloaded()
	eventually(t, "all is sent again", func() bool { s, _ := r.progress.report.read(); return s.Repeated == 1000 && r.progress.isAtEnd() })
	cancel()
	<-ended
	if len(sessions) != 2 || sessions[0].n != sessions[1].n {
		t.Errorf("%d sessions", len(sessions))
	}
	r.events.close()
	texts, _ := spooledEvents(t, state)
	if text := strings.Join(texts, "\n"); !strings.Contains(text, "relay central: fake://server has not ended a connection in good order that was to be renewed: not in good order") {
		t.Errorf("events: %s", text)
	}
}

// TestWhenARenewalIsWanted: between three and five quarters of the time, and never twice
// for one session.
func TestWhenARenewalIsWanted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for range 100 {
			n := newRenewal(time.Hour)
			n.begin()
			time.Sleep(44 * time.Minute)
			n.begin() // another session: from its begin on
			time.Sleep(45*time.Minute - time.Second)
			synctest.Wait()
			if n.wanted.Load() {
				t.Fatal("wanted before its time")
			}
			time.Sleep(30*time.Minute + 2*time.Second)
			synctest.Wait()
			if !n.wanted.Load() {
				t.Fatal("not wanted in its time")
			}
			n.begin()
			if n.wanted.Load() {
				t.Fatal("still wanted after it was done")
			}
			n.stop()
		}
	})
	n := newRenewal(0)
	n.begin()
	n.ask()
	if n.wanted.Load() || n.timer != nil {
		t.Error("wanted, though sessions are not renewed")
	}
}

// TestRandomOrder: each connection may be to any of the servers; where one has broken, the
// others are tried first.
func TestRandomOrder(t *testing.T) {
	times := make(map[string]int)
	var all []transport
	for i := range 4 {
		all = append(all, &namedServer{name: fmt.Sprint("server ", i), dead: i == 3})
	}
	s := newServers(all, true)
	failed := func(tr transport, _ error) { times[tr.String()]++ }
	last := ""
	for range 400 {
		if s.dial(t.Context(), failed) == nil {
			t.Fatal("nobody answers")
		}
		now := s.current().String()
		times[now]++
		if now == last {
			t.Fatalf("%s again, though it has just broken", now)
		}
		if last = ""; times[now]%2 == 0 {
			s.lost()
			last = now
		}
	}
	for _, tr := range all {
		if times[tr.String()] < 20 {
			t.Errorf("%s was tried %d times of 400: %v", tr, times[tr.String()], times)
		}
	}
	if s.stop != nil {
		t.Error("a preferred server is looked for")
	}
	if !slices.Equal(all, s.transports) {
		t.Error("the servers' list has changed")
	}
}

// namedServer takes everything, or nothing.
type namedServer struct {
	name string
	dead bool
}

func (s *namedServer) Dial(context.Context) (session, error) {
	if s.dead {
		return nil, errors.New("dead")
	}
	return &nullSession{breakage: newBreakage()}, nil
}
func (s *namedServer) Rewinds() bool  { return true }
func (s *namedServer) BatchSize() int { return streamBatch }
func (s *namedServer) String() string { return s.name }

// TestServersShareTheLoad: lines of several connections are at several servers, and each is
// at one.
func TestServersShareTheLoad(t *testing.T) {
	c, d := newCentral(t), newCentral(t)
	o := relayTo(c, "central")
	o.Servers, o.Random, o.Reconnect = append(o.Servers, d.server()), true, 10*time.Millisecond
	s := newSite(t, o)
	w := s.writer("access")
	stop := s.deliver()
	n := 0
	eventually(t, "both have lines", func() bool {
		w.write(10)
		n += 10
		return c.count() > 0 && d.count() > 0
	})
	eventually(t, "all are there", func() bool { return c.count()+d.count() >= n })
	w.close()
	if err := stop(); err != nil {
		t.Error(err)
	}
	if c.count()+d.count() != n {
		t.Errorf("%d and %d lines of %d", c.count(), d.count(), n)
	}
	if log := s.local("audit_log"); strings.Contains(log, "back from") {
		t.Errorf("events: %s", log)
	}
	checkRepeats(t, append(c.messages(), d.messages()...), "access", n)
}

// TestDataOfOnesOwn: each message of a relay that has some has it, and no other.
func TestDataOfOnesOwn(t *testing.T) {
	p := peers(t)["udp"](t)
	s := dial(t, p)
	r := &relay{o: RelayOptions{Format: syslogfmt.RFC5424, Data: `[token@41058 tag="x"]`, MaxMessage: 2048}, renewal: newRenewal(0),
		servers: newServers([]transport{p.transport}, false), progress: newProgress(t.TempDir(), "relay", false, nil), window: newWindow(&RelayOptions{}, cursorRecord{})}
	r.use(s)
	if got := string(r.enc.Append(nil, syslogfmt.Notice, 7, []byte("line"))); !strings.HasSuffix(got, ` [meta sequenceId="7"][token@41058 tag="x"] line`) {
		t.Errorf("%s", got)
	}
}
