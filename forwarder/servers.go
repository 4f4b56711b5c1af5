package forwarder

import (
	"context"
	"math/rand/v2"
	"slices"
	"time"
)

// servers are those of one relay. In order of preference the next one is tried
// when one fails, and the first again while another one is in use: when it
// answers, the relay goes back to it. In random order each connection is to any of
// them, and stays. Not for concurrent use.
type servers struct {
	transports []transport
	random     bool
	turn       []int         // the order in which the transports are tried
	at         int           // of turn: in use, or the next to try
	keep       bool          // the next connection is to the same server, if it answers
	broken     int           // of transports: the one that has just broken; or noServer
	since      time.Time     // when that one was taken
	patience   time.Duration // about how long until a preferred one is tried again

	home chan connection    // to a preferred one; buffered
	stop context.CancelFunc // ends the search for one; nil: there is none
	done chan struct{}
}

// connection is a session to the server with that index.
type connection struct {
	session session
	at      int
}

var (
	// returnEvery is about how often a server that is preferred to the one in
	// use is tried.
	returnEvery = 30 * time.Second
	// standFor is how long a connection must stand to be taken for one that works.
	standFor = time.Second
)

const returnMax = 10 * time.Minute

func newServers(transports []transport, random bool) *servers {
	s := &servers{transports: transports, random: random, broken: noServer, patience: returnEvery, home: make(chan connection, 1)}
	for i := range transports {
		s.turn = append(s.turn, i)
	}
	return s
}

func (s *servers) current() transport { return s.transports[s.turn[s.at]] }

// shuffle makes another order, in which the server that has just broken is the last.
func (s *servers) shuffle() {
	rand.Shuffle(len(s.turn), func(i, j int) { s.turn[i], s.turn[j] = s.turn[j], s.turn[i] })
	if i := slices.Index(s.turn, s.broken); i >= 0 {
		s.turn = append(slices.Delete(s.turn, i, i+1), s.broken)
	}
	s.at, s.broken = 0, noServer
}

// noServer is no index of transports.
const noServer = -1

// dial tries each server once, beginning with the one that is next; nil: none
// answers. failed is told of each that does not.
func (s *servers) dial(ctx context.Context, failed func(transport, error)) session {
	if s.homeReady() {
		return s.goHome()
	}
	if s.random && !s.keep {
		s.shuffle()
	}
	s.keep = false
	for range s.transports {
		session, err := s.current().Dial(ctx)
		if err == nil {
			s.take(s.at)
			return session
		}
		if ctx.Err() != nil {
			return nil
		}
		failed(s.current(), err)
		s.at = (s.at + 1) % len(s.transports)
	}
	s.at = 0
	return nil
}

func (s *servers) take(at int) {
	s.at, s.since = at, time.Now()
	if at > 0 && !s.random {
		s.seekHome()
	}
}

// lost says that the session to the current server has broken: the next one's
// turn. A preferred server that breaks soon is not gone back to as soon again.
func (s *servers) lost() {
	s.settle()
	s.broken = s.turn[s.at]
	if time.Since(s.since) < s.patience {
		s.patience = min(2*s.patience, returnMax)
	} else {
		s.patience = returnEvery
	}
	s.at = (s.at + 1) % len(s.transports)
}

// homeReady reports whether there is a connection to a preferred server.
func (s *servers) homeReady() bool { return len(s.home) > 0 }

// goHome takes that connection.
func (s *servers) goHome() session {
	c := <-s.home
	s.settle()
	s.take(c.at)
	return c.session
}

func (s *servers) seekHome() {
	ctx, cancel := context.WithCancel(context.Background())
	s.stop, s.done = cancel, make(chan struct{})
	go func(preferred []transport, patience time.Duration, done chan struct{}) {
		defer close(done)
		for sleep(ctx, patience/2+rand.N(patience)) {
			for i, t := range preferred {
				if session := dialLasting(ctx, t); session != nil {
					s.home <- connection{session, i}
					return
				}
			}
		}
	}(s.transports[:s.at], s.patience, s.done)
}

// settle ends the search for a preferred server, and forgets what it found.
func (s *servers) settle() {
	if s.stop == nil {
		return
	}
	s.stop()
	<-s.done
	s.stop = nil
	if s.homeReady() {
		abandon((<-s.home).session)
	}
}

// dialLasting returns a session that has stood for a moment, or nil: a load
// balancer with nothing behind it accepts connections, too.
func dialLasting(ctx context.Context, t transport) session {
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
	abandon(s)
	return nil
}

// abandon closes a session without waiting for its peer.
func abandon(s session) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_ = s.Close(ctx)
}

// sleep reports whether d has passed before ctx ended.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
