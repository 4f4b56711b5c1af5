package collector

import (
	"testing"
	"time"
)

// TestNap: a short step makes a short nap, and no step one longer than the longest.
func TestNap(t *testing.T) {
	for _, c := range []struct {
		timing     Timing
		took, want time.Duration
	}{
		{Timing{}, 0, 0},
		{Timing{}, 50 * time.Microsecond, 1200 * time.Microsecond},
		{Timing{}, 800 * time.Microsecond, 19200 * time.Microsecond},
		{Timing{}, time.Millisecond, 20 * time.Millisecond},
		{Timing{}, time.Minute, 20 * time.Millisecond},
		{Timing{Nap: time.Millisecond}, time.Second, time.Millisecond},
	} {
		if got := c.timing.napAfter(c.took); got != c.want {
			t.Errorf("%+v behind a step of %v: %v", c.timing, c.took, got)
		}
	}
}
