package forwarder

import (
	"math/rand/v2"
	"time"
)

// backoff says how long to wait before the next attempt to connect:
// exponential, with full jitter, so that a thousand web servers do not fall on
// a returning log server together. The zero value is ready.
type backoff struct {
	failures int
	eased    int                 // sessions since the last reset that have not stood
	random   func(n int64) int64 // in [0,n); nil: rand.Int64N
}

const (
	backoffFirst = 500 * time.Millisecond
	backoffMax   = 30 * time.Second
)

// next is the wait after one more failure.
func (b *backoff) next() time.Duration {
	limit := backoffMax
	if b.failures < 16 {
		limit = min(backoffFirst<<b.failures, backoffMax)
	}
	b.failures++
	random := b.random
	if random == nil {
		random = rand.Int64N
	}
	return time.Duration(random(int64(limit)) + 1)
}

// reset is called behind a session that has stood.
func (b *backoff) reset() { b.failures, b.eased = 0, 0 }

// ease is called behind a session that has not stood: the next wait is two seconds at most, as
// the server may be restarted now and then. One that ends sessions again and again is spared that
// after easeMost of them.
func (b *backoff) ease() {
	if b.eased < easeMost {
		b.failures = min(b.failures, 1)
		b.eased++
	}
}

const easeMost = 20
