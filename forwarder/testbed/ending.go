package testbed

import (
	"context"
	"sync/atomic"
	"testing"
)

// Ending is a context that ends while it is looked at.
type Ending struct {
	context.Context
	cancel context.CancelFunc
	left   atomic.Int64
}

// EndingAt returns a context that ends when its Err is called for the nth time, from 0.
func EndingAt(t testing.TB, n int) *Ending {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	e := &Ending{Context: ctx, cancel: cancel}
	e.left.Store(int64(n))
	return e
}

// Err is nil until the context ends.
func (e *Ending) Err() error {
	if e.left.Add(-1) < 0 {
		e.cancel()
	}
	return e.Context.Err()
}

// Ended reports whether the context has ended.
func (e *Ending) Ended() bool { return e.left.Load() < 0 }
