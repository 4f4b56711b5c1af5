package idle

import (
	"cmp"
	"sync/atomic"
	"time"
)

// Rhythm is how often a process looks for changes that nothing tells it of: once a second
// while there is anything to do, and more rarely when nothing has happened for a
// while. An idle process is to cost nothing, and whenever it wakes up several threads of
// the runtime wake up. Its methods may be called from several goroutines.
type Rhythm struct {
	Quick time.Duration // while there is anything to do; 0: Tick
	Slow  time.Duration // when idle; 0: SlowTick
	last  atomic.Int64  // ns since 1970, when something happened
}

const (
	// Tick is how often to look while there is anything to do.
	Tick = time.Second
	// SlowTick is how often to look when there is nothing to do.
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

// Next is how long to wait before the next look. Slow looks come at full multiples of Slow, so
// that all processes of the machine wake up at the same moment.
func (r *Rhythm) Next() time.Duration {
	slow := cmp.Or(r.Slow, SlowTick)
	if r.IsLively() {
		return min(cmp.Or(r.Quick, Tick), slow)
	}
	now := time.Now()
	return now.Truncate(slow).Add(slow).Sub(now)
}
