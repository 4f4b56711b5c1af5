package testbed

import (
	"testing"
	"time"
)

// Patience is how long a test waits for what should come at once. It is long because it matters
// only when something is broken, and the machine may be busy.
const Patience = 90 * time.Second

// Eventually polls until ok. Nothing else in a test waits by sleeping.
func Eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	const longest = 10 * time.Millisecond // between two looks
	look := time.Millisecond
	for end := time.Now().Add(Patience); !ok(); time.Sleep(look) {
		if time.Now().After(end) {
			t.Fatalf("waited %v in vain: %s", Patience, what)
		}
		look = min(look*5/4, longest)
	}
}

// IsClosed reports whether a channel is, without waiting.
func IsClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
