package idle

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestRhythm: once a second while something happens and for a while after it, then at
// full multiples of the slow time.
func TestRhythm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(1234 * time.Millisecond)
		var r Rhythm
		if got := r.Next(); got > SlowTick || time.Now().Add(got).UnixNano()%int64(SlowTick) != 0 {
			t.Errorf("nothing has ever happened: %v", got)
		}
		r.Stir()
		for range int(lively / Tick) {
			if got := r.Next(); got != Tick {
				t.Errorf("lately: %v", got)
			}
			time.Sleep(Tick)
		}
		if got := r.Next(); r.IsLively() || got > SlowTick || time.Now().Add(got).UnixNano()%int64(SlowTick) != 0 {
			t.Errorf("a while ago: %v", got)
		}
		r.Slow = Tick
		if got := r.Next(); got > Tick {
			t.Errorf("with a watchdog: %v", got)
		}
		r.Slow = Tick / 2
		r.Stir()
		if got := r.Next(); got != r.Slow {
			t.Errorf("lately, with a hasty watchdog: %v", got)
		}
		r.last.Store(time.Now().Add(time.Hour).UnixNano())
		if r.IsLively() {
			t.Error("the clock was set back: it is not lively for as long")
		}
	})
}
