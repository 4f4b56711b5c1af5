package servers

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"httpd-syslog/forwarder/transport"
)

// fakeServer answers while it is up. Its sessions stand until it breaks them.
type fakeServer struct {
	name      string
	refreshed int

	mu       sync.Mutex
	dead     bool
	breaks   bool // its sessions break at once
	asked    int
	sessions []*fakeSession
}

func (s *fakeServer) Dial(context.Context) (transport.Session, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	if s.dead {
		return nil, errors.New("dead")
	}
	session := &fakeSession{broken: make(chan struct{})}
	if s.breaks {
		close(session.broken)
	}
	s.sessions = append(s.sessions, session)
	return session, nil
}

func (s *fakeServer) Refresh()       { s.refreshed++ }
func (s *fakeServer) Rewinds() bool  { return true }
func (s *fakeServer) BatchSize() int { return 1 << 17 }
func (s *fakeServer) String() string { return s.name }

// is brings the server down, or has its sessions break.
func (s *fakeServer) is(dead, breaks bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dead, s.breaks = dead, breaks
}

// seen is how often the server was asked for a session, and the last one that it gave; nil: it gave none.
func (s *fakeServer) seen() (asked int, last *fakeSession) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.sessions) > 0 {
		last = s.sessions[len(s.sessions)-1]
	}
	return s.asked, last
}

// fakeSession is a session that is asked for nothing but how it ends.
type fakeSession struct {
	transport.Session
	broken chan struct{}
	closed atomic.Bool
}

func (s *fakeSession) Broken() <-chan struct{}     { return s.broken }
func (s *fakeSession) Close(context.Context) error { s.closed.Store(true); return nil }

// bed is three servers in order of preference, of which a test brings some down.
type bed struct {
	*Set
	t       *testing.T
	servers [3]*fakeServer
	failed  []string
}

// every is about how often a preferred server of the bed is tried; stand for how long a session must stand.
const every, stand = time.Minute, time.Second

func newBed(t *testing.T, random bool) *bed {
	b := &bed{t: t}
	var all []transport.Transport
	for i := range b.servers {
		b.servers[i] = &fakeServer{name: string(rune('a' + i))}
		all = append(all, b.servers[i])
	}
	b.Set = New(all, Options{Random: random, StandFor: stand, ReturnEvery: every})
	return b
}

// dial connects, and checks to whom, and who was told to have failed before.
func (b *bed) dial(to string, failed ...string) {
	b.t.Helper()
	b.failed = nil
	s := b.Dial(b.t.Context(), func(tr transport.Transport, err error) {
		if err == nil || err.Error() != "dead" {
			b.t.Errorf("%s has failed by %v", tr, err)
		}
		b.failed = append(b.failed, tr.String())
	})
	if (s != nil) != (to != "") || s != nil && b.Current().String() != to || !slices.Equal(b.failed, failed) {
		b.t.Errorf("connected to %s: %t, failed: %v; want %q, %v", b.Current(), s != nil, b.failed, to, failed)
	}
}

// dead brings servers down, and the others up.
func (b *bed) dead(names string) {
	for i, s := range b.servers {
		s.is(strings.ContainsRune(names, rune('a'+i)), false)
	}
}

// TestInTurn: servers are tried in the order of preference, each once; where one has broken the next is tried first, and
// where none has answered the first one is.
func TestInTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, false)
		defer b.StopSeeking()
		if b.Current().String() != "a" {
			t.Errorf("%s is the first", b.Current())
		}
		b.dial("a")
		b.dead("a")
		b.Lost()
		b.dial("b")
		b.dead("ab")
		b.Lost()
		b.dial("c")
		b.dead("abc")
		b.Lost()
		b.dial("", "a", "b", "c")
		b.dead("ab")
		b.dial("c", "a", "b")
		b.Lost()
		b.dead("")
		b.dial("a")
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		b.dead("abc")
		if s := b.Dial(ctx, func(transport.Transport, error) { t.Error("a server has failed at the end") }); s != nil {
			t.Error("connected at the end")
		}
		b.Refresh()
		for _, s := range b.servers {
			if s.refreshed != 1 {
				t.Errorf("%s: looked up %d times", s, s.refreshed)
			}
		}
	})
}

// TestHome: while another server is in use a preferred one is tried now and then; a connection to it that stands
// is the next one.
func TestHome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, false)
		b.dead("ab")
		b.dial("c", "a", "b")
		time.Sleep(10 * every)
		synctest.Wait()
		if n, _ := b.servers[0].seen(); n < 5 || n > 20 || b.HomeReady() { // each wait is between a half and three halves
			t.Errorf("tried %d times in ten times its time; answered: %t", n, b.HomeReady())
		}
		b.servers[0].is(false, true) // a balancer with nothing behind it
		time.Sleep(2 * every)
		synctest.Wait()
		if _, s := b.servers[0].seen(); s == nil || b.HomeReady() || !s.closed.Load() {
			t.Errorf("a session that does not stand is %+v; ready: %t", s, b.HomeReady())
		}
		b.servers[1].is(false, false)
		time.Sleep(2 * every)
		synctest.Wait()
		if _, s := b.servers[1].seen(); !b.HomeReady() || s.closed.Load() {
			t.Fatal("the second server is up, and nobody is connected to it")
		}
		b.dial("b")
		b.servers[0].is(false, false)
		time.Sleep(2*every + stand)
		synctest.Wait()
		if !b.HomeReady() {
			t.Fatal("the first server is up, and nobody is connected to it")
		}
		if _, last := b.servers[0].seen(); b.GoHome() != last || b.Current().String() != "a" || b.HomeReady() {
			t.Errorf("at home at %s", b.Current())
		}
		first, _ := b.servers[0].seen()
		second, _ := b.servers[1].seen()
		time.Sleep(10 * every)
		if a, _ := b.servers[0].seen(); a != first {
			t.Error("the first server is sought while it is in use")
		}
		if a, _ := b.servers[1].seen(); a != second {
			t.Error("the second server is sought while the first is in use")
		}
		b.StopSeeking()
	})
}

// TestSoughtForNothing: a connection that was found and that nobody wants is closed, and a search that has been ended finds nothing.
func TestSoughtForNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, false)
		b.dead("a")
		b.dial("b", "a")
		b.dead("")
		time.Sleep(2 * every)
		synctest.Wait()
		if !b.HomeReady() {
			t.Fatal("not found")
		}
		b.Lost()
		if _, s := b.servers[0].seen(); b.HomeReady() || !s.closed.Load() {
			t.Error("the connection stands on")
		}
		b.dial("c")
		b.StopSeeking()
		b.StopSeeking()
		asked, _ := b.servers[0].seen()
		time.Sleep(10 * every)
		if n, _ := b.servers[0].seen(); n != asked || b.HomeReady() {
			t.Error("the search goes on")
		}
		b.Lost()
		b.dead("a")
		b.dial("b", "a")
		b.dead("")
		for n := asked + 1; n == asked+1; n, _ = b.servers[0].seen() { // until the search has connected, and waits whether that stands
			time.Sleep(stand / 4)
		}
		b.StopSeeking()
		if _, s := b.servers[0].seen(); b.HomeReady() || !s.closed.Load() {
			t.Error("a connection that was being made stands on")
		}
	})
}

// TestReturnTakesLonger: the return to a preferred server that breaks soon takes longer each time, up to a limit; after
// one that has stood it does not.
func TestReturnTakesLonger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, false)
		for _, want := range []time.Duration{2 * every, 4 * every, 8 * every, returnMax, returnMax} {
			b.dial(b.Current().String())
			if b.Lost(); b.patience != want {
				t.Errorf("tried again after %v, want %v", b.patience, want)
			}
		}
		b.dial(b.Current().String())
		time.Sleep(returnMax - 1)
		if b.Lost(); b.patience != returnMax {
			t.Errorf("tried again after %v", b.patience)
		}
		b.dial(b.Current().String())
		time.Sleep(returnMax)
		if b.Lost(); b.patience != every {
			t.Errorf("tried again after %v behind a session that has stood", b.patience)
		}
	})
}

// TestKeep: the next connection is to the same server, if that answers, and only the next one.
func TestKeep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, true)
		others := 0
		for range 100 {
			b.dial(b.dialAny())
			now := b.Current().String()
			b.Keep(true)
			b.dial(now)
			if b.dialAny() != now {
				others++
			}
		}
		if others < 20 {
			t.Errorf("%d of 100 further connections are to another server", others)
		}
		b.Keep(true)
		b.Keep(false)
		now := b.Current().String()
		b.servers[now[0]-'a'].is(true, false)
		if b.dialAny() == now {
			t.Error("connected to a server that does not answer")
		}
	})
}

// dialAny connects to any server, and has the next connection be to the same.
func (b *bed) dialAny() string {
	b.t.Helper()
	if b.Dial(b.t.Context(), func(transport.Transport, error) {}) == nil {
		b.t.Fatal("nobody answers")
	}
	b.Keep(true)
	return b.Current().String()
}
