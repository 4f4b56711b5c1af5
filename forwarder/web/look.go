package web

import (
	"context"
	"errors"
	"sync"
	"time"

	"httpd-syslog/forwarder"
)

const (
	lookAge  = time.Second     // how long one reading of the Status serves all who ask
	lookTime = 5 * time.Second // how long one may wait for it
)

var errSlow = errors.New("the state is still being read; the disk may stand still")

// looker reads the Status for all who ask: one at a time, and not again as long as
// the last one is fresh.
type looker struct {
	read func() (forwarder.Status, error)
	age  time.Duration

	mu   sync.Mutex
	last *look // guarded by mu
}

// look is one reading of the Status.
type look struct {
	done chan struct{} // closed when the rest is set
	at   time.Time
	st   forwarder.Status
	err  error
}

// get waits for a Status that is fresh. What is returned is shared and not to be
// changed.
func (l *looker) get(ctx context.Context) (*forwarder.Status, error) {
	now := l.current()
	ctx, cancel := context.WithTimeoutCause(ctx, lookTime, errSlow)
	defer cancel()
	select {
	case <-now.done:
		return &now.st, now.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// current is the look that is in hand, or fresh, or else a new one.
func (l *looker) current() *look {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.last != nil && !l.last.isOver(l.age) {
		return l.last
	}
	n := &look{done: make(chan struct{})}
	l.last = n
	go func() {
		defer close(n.done)
		n.st, n.err = l.read()
		n.at = time.Now()
	}()
	return n
}

// isOver reports whether the look was done longer ago than age.
func (l *look) isOver(age time.Duration) bool {
	select {
	case <-l.done:
		return time.Since(l.at) >= age
	default:
		return false
	}
}
