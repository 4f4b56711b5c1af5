package pace

import (
	"testing"
	"time"
)

func TestBackoffGrowsToItsLimitWithFullJitter(t *testing.T) {
	var limits []time.Duration
	b := Backoff{random: func(n int64) int64 { limits = append(limits, time.Duration(n)); return n - 1 }}
	for range 100 {
		if d := b.Next(); d != limits[len(limits)-1] {
			t.Fatalf("waits %v, the greatest of what is drawn from is %v", d, limits[len(limits)-1])
		}
	}
	if limits[0] != First || limits[1] != 2*First || limits[99] != Max {
		t.Errorf("draws from %v, %v … %v", limits[0], limits[1], limits[99])
	}
	b.Reset()
	if b.Next(); limits[100] != First {
		t.Errorf("after success draws from %v", limits[100])
	}
	b = Backoff{random: func(int64) int64 { return 0 }}
	if d := b.Next(); d <= 0 {
		t.Errorf("waits %v", d)
	}
}
