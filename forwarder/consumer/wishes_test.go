package consumer

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// TestRecordThatIsAwaited is made soon, and others twice a second.
func TestRecordThatIsAwaited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var knocked atomic.Int64
		p := &Wishes{knocked: &knocked}
		last := time.Now()
		time.Sleep(CommitEvery / 5)
		if p.CommitDue(last) {
			t.Error("due though nobody waits")
		}
		knocked.Store(time.Now().UnixNano())
		if !p.CommitDue(last) {
			t.Error("not due though somebody waits")
		}
		time.Sleep(CommitEvery)
		if last = time.Now().Add(-CommitEvery / 5); p.CommitDue(last) {
			t.Error("due though nobody waits any more")
		}
	})
}
