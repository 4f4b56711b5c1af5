package idle

import (
	"sync/atomic"
	"time"
)

// Rhythm is how often a process looks for what nothing tells it of: once a second
// while there is anything to do, and more rarely when nothing has happened for a
// while. An idle process is to cost nothing, and each time that it wakes up several of
// the runtime's threads do. Its methods may be called from several goroutines.
type Rhythm struct {
	Slow time.Duration // when idle; 0: SlowTick
	last atomic.Int64  // ns since 1970, when something happened
}

const (
	// Tick is how often to look while there is anything to do.
	Tick = time.Second
	// SlowTick is how often when there is not.
	SlowTick = 5 * time.Second
	// lively is how long after the last event the rhythm is quick.
	lively = 10 * time.Second
)

// Stir notes that something has happened.
func (r *Rhythm) Stir() { r.last.Store(time.Now().UnixNano()) }

// IsLively reports whether something has happened lately.
func (r *Rhythm) IsLively() bool {
	since := time.Now().UnixNano() - r.last.Load()
	return since >= 0 && since < int64(lively)
}

// Next is how long to wait before the next look. Slow looks are at full multiples of
// the time, for all at the same moment.
func (r *Rhythm) Next() time.Duration {
	slow := r.Slow
	if slow == 0 {
		slow = SlowTick
	}
	if r.IsLively() {
		return min(Tick, slow)
	}
	now := time.Now()
	return now.Truncate(slow).Add(slow).Sub(now)
}
