package pace

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestWhenARenewalIsWanted: between three and five quarters of the time, and never twice
// for one session.
func TestWhenARenewalIsWanted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for range 100 {
			n := NewRenewal(time.Hour)
			n.Begin()
			time.Sleep(44 * time.Minute)
			n.Begin() // another session: from its begin on
			time.Sleep(45*time.Minute - time.Second)
			synctest.Wait()
			if n.IsWanted() {
				t.Fatal("wanted before its time")
			}
			time.Sleep(30*time.Minute + 2*time.Second)
			synctest.Wait()
			if !n.IsWanted() {
				t.Fatal("not wanted in its time")
			}
			n.Begin()
			if n.IsWanted() {
				t.Fatal("still wanted after it was done")
			}
			n.Stop()
		}
	})
	n := NewRenewal(0)
	n.Begin()
	n.Ask()
	if n.IsWanted() || n.timer != nil {
		t.Error("wanted, though sessions are not renewed")
	}
}

// TestRenewalWakes: who waits is woken, once, when a renewal is wanted; by time, or by whoever asks for it.
func TestRenewalWakes(t *testing.T) {
	n := NewRenewal(time.Hour)
	n.Begin()
	defer n.Stop()
	woken := func() bool {
		select {
		case <-n.Wake():
			return true
		default:
			return false
		}
	}
	if woken() || n.IsWanted() {
		t.Error("woken by nothing")
	}
	n.Ask()
	n.Ask()
	if !n.IsWanted() || !woken() || woken() || !n.IsWanted() {
		t.Error("not woken once")
	}
}

// TestJitter: times go all the way from three to five quarters.
func TestJitter(t *testing.T) {
	low, high := 2*time.Hour, time.Duration(0)
	for range 10000 {
		d := jittered(time.Hour)
		low, high = min(low, d), max(high, d)
	}
	if low < 45*time.Minute || low > 46*time.Minute || high > 75*time.Minute || high < 74*time.Minute {
		t.Errorf("from %v to %v", low, high)
	}
}
