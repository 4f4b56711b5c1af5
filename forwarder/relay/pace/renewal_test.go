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
