package listener

import (
	"sync"
	"time"
)

// connections are those that are open.
type connections struct {
	limit  int
	memory int
	idle   time.Duration

	mu    sync.Mutex
	open  map[*connection]struct{}
	grown int // bytes of their buffers beyond the first
}

func (s *connections) init(o *Options) {
	s.limit, s.memory, s.idle = o.MaxConnections, o.Memory, o.Idle
	s.open = make(map[*connection]struct{})
}

func (s *connections) number() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.open)
}

// add takes c in. Where there are too many already, another is closed for it; false:
// there is none that may be.
func (s *connections) add(c *connection) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.open) >= s.limit && !s.closeIdle() {
		return false
	}
	s.open[c] = struct{}{}
	return true
}

// makeRoom closes a connection that nobody needs, if there is one.
func (s *connections) makeRoom() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closeIdle()
}

// closeIdle closes the connection that has been idle longest of those that never
// sent a message, or else of those that have not for as long as one may take.
func (s *connections) closeIdle() bool {
	victim := s.longestIdle(func(c *connection) bool { return !c.spoke.Load() })
	if victim == nil {
		victim = s.longestIdle(func(c *connection) bool { return time.Since(c.quietSince()) > s.idle })
	}
	if victim == nil {
		return false
	}
	s.evict(victim)
	return true
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
