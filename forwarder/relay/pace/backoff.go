package pace

import (
	"math/rand/v2"
	"time"
)

// Backoff says how long to wait before the next attempt to connect:
// exponential, with full jitter, so that a thousand web servers do not fall on
// a returning log server together. The zero value is ready.
type Backoff struct {
	failures int
	eased    int                 // sessions since the last reset that have not stood
	random   func(n int64) int64 // in [0,n); nil: rand.Int64N
}

const (
	// First is the longest of the first waits.
	First = 500 * time.Millisecond
	// Max is the longest of all waits.
	Max = 30 * time.Second
)

// Next is the wait after one more failure.
func (b *Backoff) Next() time.Duration {
	limit := Max
	if b.failures < 16 {
		limit = min(First<<b.failures, Max)
	}
	b.failures++
	random := b.random
	if random == nil {
		random = rand.Int64N
	}
	return time.Duration(random(int64(limit)) + 1)
}

// Reset is called after a session that has stood: waits begin at their shortest.
func (b *Backoff) Reset() { b.failures, b.eased = 0, 0 }

// Ease is called after a session that has not stood: the next wait is two seconds at most, since a
// server may be restarted now and then. After EaseMost such sessions waits grow all the same.
func (b *Backoff) Ease() {
	if b.eased < EaseMost {
		b.failures = min(b.failures, 1)
		b.eased++
	}
}

// EaseMost is how many sessions in a row that have not stood may be followed by short waits.
const EaseMost = 20
