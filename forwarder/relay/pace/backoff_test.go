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

// TestEase: behind a session that has not stood the next wait is short, as often as that may be; a session that has
// stood begins all anew.
func TestEase(t *testing.T) {
	var limit time.Duration
	b := Backoff{random: func(n int64) int64 { limit = time.Duration(n); return 0 }}
	grown := func() time.Duration {
		for range 20 {
			b.Next()
		}
		b.Ease()
		b.Next()
		return limit
	}
	for range 2 {
		if b.Ease(); b.failures != 0 {
			t.Errorf("%d failures before any", b.failures)
		}
		for i := range EaseMost - 1 {
			if wait := grown(); wait != 2*First {
				t.Errorf("session %d: draws from %v", i, wait)
			}
		}
		if wait := grown(); wait != Max {
			t.Errorf("draws from %v after too many", wait)
		}
		b.Reset()
	}
}
