package listener

import (
	"sync"
	"time"
)

// connections are those that are open.
type connections struct {
	memory int
	idle   time.Duration

	mu    sync.Mutex
	limit int
	open  map[*connection]struct{}
	grown int // bytes of their buffers beyond the first
}

func (s *connections) init(o *Options) {
	s.limit, s.memory, s.idle = o.MaxConnections, o.Memory, o.Idle
	s.open = make(map[*connection]struct{})
}

// number is how many connections are open, and how many may be.
func (s *connections) number() (open, limit int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.open), s.limit
}

// setLimit sets how many connections may be open. Those above it stay until they end, or
// make room for others.
func (s *connections) setLimit(limit int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.limit = limit
}

// add takes c in. Where there are too many already, another is closed for it; false:
// there is none that may be. again is how long to wait before one may be: the next
// connections wait in the kernel, with all that they send, meanwhile.
func (s *connections) add(c *connection) (added bool, again time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.open) >= s.limit {
		if again = s.closeIdle(grace); again != 0 {
			return false, max(0, again)
		}
	}
	s.open[c] = struct{}{}
	return true, 0
}

const (
	// grace is how long a connection may take to say something before it has to make
	// room: whoever connects to send does so at once, but machines are slow at times.
	grace = 500 * time.Millisecond
	// soon is when to look again while there is one that has sent what was not read
	// yet: it speaks with that, or has nothing left to be read, or runs into Idle.
	soon  = 10 * time.Millisecond
	never = -1
)

// makeRoom closes a connection that nobody needs, if there is one.
func (s *connections) makeRoom() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closeIdle(0)
}

// closeIdle closes the connection that has been idle longest, and at least for grace,
// of those that never sent a message, or else of those that have not for as long as
// one may take. It returns 0 when it has, or else how long it will be before there is
// one to close.
func (s *connections) closeIdle(grace time.Duration) (again time.Duration) {
	victim := s.longestIdle(func(c *connection) bool { return !c.spoke.Load() && !c.unread() })
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

// longestIdle is the one of those that has sent no whole message for longest.
func (s *connections) longestIdle(of func(*connection) bool) (victim *connection) {
	for c := range s.open {
		if of(c) && (victim == nil || c.quietSince().Before(victim.quietSince())) {
			victim = c
		}
	}
	return victim
}

// grow lets a connection's buffer have so many bytes beyond its first, if there is
// memory for it, or can be: the others that need much are closed, those first that
// have not come to an end for longest.
func (s *connections) grow(c *connection, size int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.grown-c.grown+size > s.memory {
		victim := s.longestIdle(func(o *connection) bool { return o != c && o.grown > 0 })
		if victim == nil {
			return false
		}
		s.evict(victim)
	}
	if _, open := s.open[c]; open { // else it is about to end
		s.grown += size - c.grown
		c.grown = size
	}
	return true
}

// evict closes a connection. What it has in its buffer it gives up soon.
func (s *connections) evict(c *connection) {
	s.forget(c)
	c.counts.closed.Add(1)
	c.Close()
}

func (s *connections) remove(c *connection) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forget(c)
	c.Close()
}

func (s *connections) forget(c *connection) {
	if _, open := s.open[c]; open {
		delete(s.open, c)
		s.grown -= c.grown
		c.grown = 0
	}
}

// finishAll lets all connections end when they have read what is there.
func (s *connections) finishAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.open {
		c.finish()
	}
}
