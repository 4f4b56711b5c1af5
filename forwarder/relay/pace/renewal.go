package pace

import (
	"math/rand/v2"
	"sync/atomic"
	"time"
)

// Renewal says when a session is to be ended in good order and another one begun: behind a
// balancer that can be to another server, and certificates are verified again. The zero
// value never wants one.
type Renewal struct {
	every time.Duration // about how long a session may stand; 0: for good
	timer *time.Timer
	asked atomic.Bool
	wake  chan struct{} // holds one when asked has been set
}

// NewRenewal is the renewal of sessions that may stand for about so long; 0: for good.
func NewRenewal(every time.Duration) *Renewal {
	return &Renewal{every: every, wake: make(chan struct{}, 1)}
}

// Begin begins the time of a new session.
func (n *Renewal) Begin() {
	n.Stop()
	n.asked.Store(false)
	if n.every > 0 {
		n.timer = time.AfterFunc(jittered(n.every), n.Ask)
	}
}

// jittered is a time between three and five quarters of d: a thousand web servers that
// have been started at once do not stay together.
func jittered(d time.Duration) time.Duration { return d*3/4 + rand.N(d/2+1) }

// Ask has the session renewed soon, if sessions are renewed at all. Any goroutine may call it.
func (n *Renewal) Ask() {
	if n.every == 0 {
		return
	}
	n.asked.Store(true)
	select {
	case n.wake <- struct{}{}:
	default:
	}
}

// IsWanted reports whether the session is to be renewed.
func (n *Renewal) IsWanted() bool { return n.asked.Load() }

// Wake gets something when IsWanted has become true.
func (n *Renewal) Wake() <-chan struct{} { return n.wake }

// Stop ends the time.
func (n *Renewal) Stop() {
	if n.timer != nil {
		n.timer.Stop()
	}
}
