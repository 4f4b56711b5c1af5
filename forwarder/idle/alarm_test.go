package idle

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestAlarm: it rings at its time, each time that it is asked for, and not at the time that it was asked for before.
func TestAlarm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var a Alarm
		if a.At(time.Time{}) != nil {
			t.Error("rings at no time")
		}
		begun := time.Now()
		rings := func(at, want time.Duration) {
			t.Helper()
			select {
			case <-a.At(begun.Add(at)):
			case <-time.After(time.Hour):
			}
			if got := time.Since(begun); got != want {
				t.Errorf("asked for %v, rings at %v", at, got)
			}
		}
		rings(time.Second, time.Second)
		rings(time.Second, time.Second) // it is over
		rings(3*time.Second, 3*time.Second)
		a.At(begun.Add(time.Minute))
		for range 3 {
			time.Sleep(time.Second)
			a.At(begun.Add(time.Minute))
		}
		rings(10*time.Second, 10*time.Second)
		a.At(begun.Add(11 * time.Second))
		time.Sleep(2 * time.Second) // it rings, and nobody hears
		rings(20*time.Second, 20*time.Second)
		a.At(begun.Add(21 * time.Second))
		time.Sleep(2 * time.Second)
		rings(21*time.Second, 22*time.Second)
	})
}
