package listener

import (
	"sync"
	"time"
)

// connections are the open connections of a listener, within bounds of number and memory.
type connections struct {
	memory int
	idle   time.Duration

	mu      sync.Mutex
	limit   int
	open    map[*connection]struct{}
	held    int       // bytes that buffers have grown beyond their first, of all connections together
	closing int       // of these, those of connections that are closed and have not ended
	freed   sync.Cond // held is less, or somebody who waits for that is closed
	over    bool      // there are to be no more connections
}

func (s *connections) init(o *Options) {
	s.limit, s.memory, s.idle = o.MaxConnections, o.Memory, o.Idle
	s.open = make(map[*connection]struct{})
	s.freed.L = &s.mu
}

// number is how many connections are open, and how many may be.
func (s *connections) number() (open, limit int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.open), s.limit
}

// setLimit sets how many connections may be open. Open connections beyond the limit stay until
// they end, or are closed for others.
func (s *connections) setLimit(limit int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.limit = limit
}

// add adds c. Where there are too many connections already it closes another one for c. added
// is false if no other may be closed: then again is how long to wait before one may be, or
// never. Meanwhile the next connections wait in the kernel, with all that they send.
func (s *connections) add(c *connection) (added bool, again time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		return false, never
	}
	if len(s.open) >= s.limit {
		if again = s.closeIdle(grace); again != 0 {
			return false, max(0, again)
		}
	}
	s.open[c] = struct{}{}
	return true, 0
}

const (
	// grace is how long a connection may be silent before it may be closed for another: whoever
	// connects to send does so at once, but machines are slow at times.
	grace = 500 * time.Millisecond
	// soon is when to look again while a connection without messages has sent bytes that were
	// not read yet: these are a message, or part of one, until Idle has passed.
	soon  = 10 * time.Millisecond
	never = -1
)

// makeRoom closes a connection that may be closed for another, if there is one.
func (s *connections) makeRoom() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closeIdle(0)
}

// closeIdle closes a connection: of those that never sent a message the one that has been
// idle longest, and for grace at least; or else the one that has sent no whole message for
// longest, and for more than Idle. It returns 0 if it has closed one, or else how long it will
// be before one may be closed.
func (s *connections) closeIdle(grace time.Duration) (again time.Duration) {
	victim := s.longestIdle(func(c *connection) bool { return !c.spoke.Load() && !c.ours.Load() && !c.unread() })
	if victim != nil {
		if age := time.Since(victim.quietSince()); age < grace {
			return grace - age
		}
	} else {
		victim = s.longestIdle(func(c *connection) bool { return time.Since(c.quietSince()) > s.idle })
	}
	switch {
	case victim != nil:
		s.evict(victim)
		return 0
	case s.longestIdle(func(c *connection) bool { return !c.spoke.Load() }) != nil:
		return soon
	}
	return never
}

// longestIdle is the connection that has sent no whole message for longest, of those for which
// of reports true; nil: there is none.
func (s *connections) longestIdle(of func(*connection) bool) (victim *connection) {
	for c := range s.open {
		if of(c) && (victim == nil || c.quietSince().Before(victim.quietSince())) {
			victim = c
		}
	}
	return victim
}

// grow reports whether a connection's buffer may have size bytes beyond its first. Where other
// long frames use up the memory it closes their connections, those first that have sent no
// whole message for longest, and waits until they have ended: until then the memory is in use. A
// connection that is itself closed gets no more.
func (s *connections) grow(c *connection, size int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.held-c.grown+size > s.memory {
		if !s.closeFor(c, size) {
			return false
		}
		s.freed.Wait()
	}
	s.resize(c, size)
	return true
}

// closeFor closes connections until there is memory for c as soon as they have ended. It reports
// whether there will be.
func (s *connections) closeFor(c *connection, size int) bool {
	for s.isOpen(c) && s.held-s.closing-c.grown+size > s.memory {
		victim := s.longestIdle(func(o *connection) bool { return o != c && o.grown > 0 })
		if victim == nil {
			return false
		}
		s.evict(victim)
	}
	return s.isOpen(c)
}

func (s *connections) resize(c *connection, size int) {
	s.held += size - c.grown
	if !s.isOpen(c) {
		s.closing += size - c.grown
	}
	c.grown = size
	s.freed.Broadcast()
}

func (s *connections) isOpen(c *connection) bool {
	_, open := s.open[c]
	return open
}

// isClosed reports whether a connection was closed for the sake of others.
func (s *connections) isClosed(c *connection) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.isOpen(c)
}

// evict closes a connection. Its goroutine ends, and frees the buffer, when it has the time.
func (s *connections) evict(c *connection) {
	delete(s.open, c)
	s.closing += c.grown
	s.freed.Broadcast()
	c.l.counts.closed.Add(1)
	c.Close()
}

// remove is for a connection that has ended.
func (s *connections) remove(c *connection) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.resize(c, 0)
	delete(s.open, c)
	c.Close()
}

// finishAll lets all connections end when they have read what is there.
func (s *connections) finishAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.open {
		c.finish()
	}
}

// abort closes all connections, those too that are just being accepted.
func (s *connections) abort() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.over = true
	for c := range s.open {
		c.Close()
	}
}
