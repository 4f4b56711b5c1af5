package consumer

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// TestEnding: each way to an end reaches what runs, and no way further than that; a consumer that has ended
// is known to have, and nothing that it began goes on.
func TestEnding(t *testing.T) {
	for _, tt := range []struct {
		name                 string
		end                  func(c *Consumer)
		drain, stop, aborted bool
	}{
		{"none", func(*Consumer) {}, false, false, false},
		{"drain", func(c *Consumer) { c.DrainNow(); c.DrainNow() }, true, false, false},
		{"stop", (*Consumer).Stop, false, true, false},
		{"abort", (*Consumer).Abort, false, true, true},
	} {
		synctest.Test(t, func(t *testing.T) {
			p, goOn := NewProgress(ProgressOptions{}), make(chan struct{})
			var work context.Context
			var given Ending
			c := New(p, func(ctx context.Context, e Ending) {
				work, given = ctx, e
				<-goOn
			})
			if c.Progress != p {
				t.Error("it has another progress")
			}
			c.Start()
			synctest.Wait()
			tt.end(c)
			if drain, stop, aborted := IsClosed(given.Drain), given.Stop.Err() != nil, work.Err() != nil; drain != tt.drain || stop != tt.stop || aborted != tt.aborted {
				t.Errorf("%s: drain %t, stop %t, aborted %t", tt.name, drain, stop, aborted)
			}
			synctest.Wait()
			if IsClosed(c.Ended()) {
				t.Errorf("%s: it has ended while it runs", tt.name)
			}
			close(goOn)
			<-c.Ended()
			if work.Err() == nil {
				t.Errorf("%s: its context goes on", tt.name)
			}
		})
	}
}

// TestSleep ends with the context, or after its time.
func TestSleep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		if !Sleep(t.Context(), time.Second) || time.Since(begun) != time.Second {
			t.Errorf("it slept for %v", time.Since(begun))
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if Sleep(ctx, time.Hour) || time.Since(begun) != 2*time.Second {
			t.Errorf("it slept beyond its context: %v", time.Since(begun))
		}
	})
}
