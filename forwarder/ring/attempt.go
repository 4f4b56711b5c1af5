package ring

import (
	"sync/atomic"
	"time"

	"httpd-syslog/forwarder/idle"
)

// Attempt tells since when a write to the spool has been under way, all tries at it together.
// Its methods may be called from several goroutines.
type Attempt struct{ since atomic.Int64 } // ns since 1970; 0: nothing is to be written

// Begin notes that there is something to write, and reports whether that is news.
func (a *Attempt) Begin() bool { return a.since.CompareAndSwap(0, time.Now().UnixNano()) }

// Done notes that it is written.
func (a *Attempt) Done() { a.since.Store(0) }

// IsOn reports whether something is not written yet.
func (a *Attempt) IsOn() bool { return a.since.Load() != 0 }

// IsStuck reports whether the same write has not been done for a while.
func (a *Attempt) IsStuck() bool {
	since := a.since.Load()
	return since != 0 && time.Since(time.Unix(0, since)) >= idle.Tick
}
