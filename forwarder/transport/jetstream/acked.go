package jetstream

import (
	"fmt"
	"sync"
	"time"
)

// leaderPatience is for how long a leader that the others have left may answer: it notices within ten seconds that nobody
// follows it.
const leaderPatience = 30 * time.Second

// acked knows, by stream and subject, what was acknowledged to this process. Sessions to several servers of a
// cluster have the same store.
type acked struct {
	mu   sync.Mutex
	last map[string]*ackedEntry
	now  func() time.Time
}

// ackedEntry is the last entry that was acknowledged, or believed to be the last.
type ackedEntry struct {
	seq    uint64
	behind time.Time // since when the store has said that an earlier one is the last; zero: it does not
}

var acknowledgedEntries = &acked{last: map[string]*ackedEntry{}, now: time.Now}

// note notes the last entry of a series.
func (a *acked) note(series string, seq uint64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.last[series] = &ackedEntry{seq: seq}
}

// judge returns an error for a last entry that cannot be believed yet.
func (a *acked) judge(series string, seq uint64) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	known := a.last[series]
	if known == nil || seq >= known.seq {
		return nil
	}
	if known.behind.IsZero() {
		known.behind = a.now()
	}
	if a.now().Sub(known.behind) >= leaderPatience {
		return nil
	}
	return fmt.Errorf("the stream's leader says that %d is the series' last entry, and %d was acknowledged: the other servers may have left it without its noticing; when it stays so for %v, it is believed", seq, known.seq, leaderPatience)
}
