package forwarder

import (
	"testing"
	"time"
)

func TestBackoffGrowsToItsLimitWithFullJitter(t *testing.T) {
	var limits []time.Duration
	b := backoff{random: func(n int64) int64 { limits = append(limits, time.Duration(n)); return n - 1 }}
	for range 100 {
		if d := b.next(); d != limits[len(limits)-1] {
			t.Fatalf("waits %v, the greatest of what is drawn from is %v", d, limits[len(limits)-1])
		}
	}
	if limits[0] != backoffFirst || limits[1] != 2*backoffFirst || limits[99] != backoffMax {
		t.Errorf("draws from %v, %v … %v", limits[0], limits[1], limits[99])
	}
	b.reset()
	if b.next(); limits[100] != backoffFirst {
		t.Errorf("after success draws from %v", limits[100])
	}
	b = backoff{random: func(int64) int64 { return 0 }}
	if d := b.next(); d <= 0 {
		t.Errorf("waits %v", d)
	}
}
