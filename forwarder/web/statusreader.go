package web

import (
	"context"
	"errors"
	"sync"
	"time"

	"httpd-syslog/forwarder/status"
)

const (
	readingAge  = time.Second     // how long one reading of the Status serves all requests
	readingTime = 5 * time.Second // how long a request waits for a reading
)

var errSlow = errors.New("the state is still being read; the disk may stand still")

// statusReader reads the Status for all requests: one reading at a time, and none while the
// last one is fresh. Its methods may be called from several goroutines.
type statusReader struct {
	read func() (status.Status, error)
	age  time.Duration

	mu   sync.Mutex
	last *reading // guarded by mu
}

// reading is one reading of the Status.
type reading struct {
	done chan struct{} // closed when the rest is set
	at   time.Time
	st   status.Status
	err  error
}

// get returns a fresh Status, and waits for readingTime at most. The Status is shared: the caller
// must not change it.
func (l *statusReader) get(ctx context.Context) (*status.Status, error) {
	now := l.current()
	ctx, cancel := context.WithTimeoutCause(ctx, readingTime, errSlow)
	defer cancel()
	select {
	case <-now.done:
		return &now.st, now.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// current is the reading under way, or a fresh one, or else a new one.
func (l *statusReader) current() *reading {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.last != nil && !l.last.isOver(l.age) {
		return l.last
	}
	n := &reading{done: make(chan struct{})}
	l.last = n
	go func() {
		defer close(n.done)
		n.st, n.err = l.read()
		n.at = time.Now()
	}()
	return n
}

// isOver reports whether the reading was done longer ago than age.
func (l *reading) isOver(age time.Duration) bool {
	select {
	case <-l.done:
		return time.Since(l.at) >= age
	default:
		return false
	}
}
