package forwarder

import (
	"sync/atomic"
	"time"
)

// rhythm is how often a process looks for what nothing tells it of: once a second
// while there is anything to do, and more rarely when nothing has happened for a
// while. An idle process is to cost nothing, and each time that it wakes up several of
// the runtime's threads do. Its methods may be called from several goroutines.
type rhythm struct {
	slow time.Duration // when idle; 0: slowTick
	last atomic.Int64  // ns since 1970, when something happened
}

const (
	slowTick = 5 * time.Second
	// lively is how long after the last event the rhythm is quick.
	lively = 10 * time.Second
)

// stir notes that something has happened.
func (r *rhythm) stir() { r.last.Store(time.Now().UnixNano()) }

// isLively reports whether something has happened lately.
func (r *rhythm) isLively() bool {
	since := time.Now().UnixNano() - r.last.Load()
	return since >= 0 && since < int64(lively)
}

// next is how long to wait before the next look. Slow looks are at full multiples of
// the time, for all at the same moment.
func (r *rhythm) next() time.Duration {
	slow := r.slow
	if slow == 0 {
		slow = slowTick
	}
	if r.isLively() {
		return min(tick, slow)
	}
	now := time.Now()
	return now.Truncate(slow).Add(slow).Sub(now)
}
