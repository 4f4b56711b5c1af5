package servers

import (
	"context"
	"math/rand/v2"
	"slices"
	"time"

	"httpd-syslog/forwarder/consumer"
	"httpd-syslog/forwarder/transport"
)

// Set has the servers of one relay. But for Refresh its methods are for one goroutine. StopSeeking
// must be called when it is of no more use.
type Set struct {
	transports []transport.Transport
	turn       []int     // the order in which the transports are tried
	at         int       // of turn: in use, or the next to try
	keep       bool      // the next connection is to the same server, if it answers
	broken     int       // of transports: the one that has just broken; or noServer
	since      time.Time // when the server in use was connected to
	o          Options
	patience   time.Duration // about how long until a preferred server is tried again

	home chan connection    // to a preferred server; buffered
	stop context.CancelFunc // ends the search for a preferred server; nil: there is none
	done chan struct{}      // closed when that search has ended
}

// connection is a session to the server with that index.
type connection struct {
	session transport.Session
	at      int
}

const returnMax = 10 * time.Minute

// Options say which server is connected to.
type Options struct {
	Random      bool          // each connection is to any of them
	StandFor    time.Duration // how long a connection must stand to count as one that works
	ReturnEvery time.Duration // about how often a server that is preferred to the one in use is tried
}

// New returns the servers that the transports lead to, in order of preference; at least one.
func New(transports []transport.Transport, o Options) *Set {
	s := &Set{transports: transports, o: o, broken: noServer, patience: o.ReturnEvery, home: make(chan connection, 1)}
	for i := range transports {
		s.turn = append(s.turn, i)
	}
	return s
}

// Refresh has the servers' names looked up at once, where a transport remembers them. It does not
// wait for that.
func (s *Set) Refresh() {
	for _, t := range s.transports {
		if t, ok := t.(transport.Refresher); ok {
			t.Refresh()
		}
	}
}

// Keep has the next connection be to the same server, if that answers.
func (s *Set) Keep(keep bool) { s.keep = keep }

// Current is the transport to the server in use, or the next to try.
func (s *Set) Current() transport.Transport { return s.transports[s.turn[s.at]] }

// shuffle makes another order, in which the server that has just broken is the last.
func (s *Set) shuffle() {
	rand.Shuffle(len(s.turn), func(i, j int) { s.turn[i], s.turn[j] = s.turn[j], s.turn[i] })
	if i := slices.Index(s.turn, s.broken); i >= 0 {
		s.turn = append(slices.Delete(s.turn, i, i+1), s.broken)
	}
	s.at, s.broken = 0, noServer
}

// noServer is no index of transports.
const noServer = -1

// Dial tries each server once, beginning with the one that is next, or returns the connection that
// the search has made to a preferred server. nil: no server answers, or ctx has ended. failed is
// called for each server that does not answer. It blocks for Options.ConnectTimeout of each
// transport at most.
func (s *Set) Dial(ctx context.Context, failed func(transport.Transport, error)) transport.Session {
	if s.HomeReady() {
		return s.GoHome()
	}
	if s.o.Random && !s.keep {
		s.shuffle()
	}
	s.keep = false
	for range s.transports {
		session, err := s.Current().Dial(ctx)
		if err == nil {
			s.use(s.at)
			return session
		}
		if ctx.Err() != nil {
			return nil
		}
		failed(s.Current(), err)
		s.at = (s.at + 1) % len(s.transports)
	}
	s.at = 0
	return nil
}

func (s *Set) use(at int) {
	s.at, s.since = at, time.Now()
	if at > 0 && !s.o.Random {
		s.seekHome()
	}
}

// Lost notes that the session to the current server has broken: the next server is tried next. The
// return to a preferred server that breaks soon takes longer each time.
func (s *Set) Lost() {
	s.StopSeeking()
	s.broken = s.turn[s.at]
	if time.Since(s.since) < s.patience {
		s.patience = min(2*s.patience, returnMax)
	} else {
		s.patience = s.o.ReturnEvery
	}
	s.at = (s.at + 1) % len(s.transports)
}

// HomeReady reports whether there is a connection to a preferred server.
func (s *Set) HomeReady() bool { return len(s.home) > 0 }

// GoHome returns the connection to a preferred server, which is in use from then on. HomeReady must
// have reported that there is one.
func (s *Set) GoHome() transport.Session {
	c := <-s.home
	s.StopSeeking()
	s.use(c.at)
	return c.session
}

func (s *Set) seekHome() {
	ctx, cancel := context.WithCancel(context.Background())
	s.stop, s.done = cancel, make(chan struct{})
	go func(preferred []transport.Transport, patience, standFor time.Duration, done chan struct{}) {
		defer close(done)
		for consumer.Sleep(ctx, patience/2+rand.N(patience)) {
			for i, t := range preferred {
				if session := dialLasting(ctx, t, standFor); session != nil {
					s.home <- connection{session, i}
					return
				}
			}
		}
	}(s.transports[:s.at], s.patience, s.o.StandFor, s.done)
}

// StopSeeking ends the search for a preferred server, and forgets what it found.
func (s *Set) StopSeeking() {
	if s.stop == nil {
		return
	}
	s.stop()
	<-s.done
	s.stop = nil
	if s.HomeReady() {
		transport.Abandon((<-s.home).session)
	}
}

// dialLasting returns a session that has stood for so long, or nil: a load
// balancer with nothing behind it accepts connections, too.
func dialLasting(ctx context.Context, t transport.Transport, standFor time.Duration) transport.Session {
	s, err := t.Dial(ctx)
	if err != nil {
		return nil
	}
	select {
	case <-time.After(standFor):
		return s
	case <-s.Broken():
	case <-ctx.Done():
	}
	transport.Abandon(s)
	return nil
}
