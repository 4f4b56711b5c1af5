// Package turn is whether a local log that is not written has been told of: once when it begins, and once when
// it is over. Pure.
package turn

import "time"

// Trouble remembers what was told of a local log that is not written: one event when it is not written
// any more, and one when it is again.
type Trouble struct {
	Calm    time.Duration // how long all must have been well before that is told
	Blocked bool          // no file is written
	at      time.Time     // when a step last failed, or lines were left out
	told    bool          // an event has told of the trouble
	Status  string        // the last error that the status was told; empty: none
}

// Resume says that a process before has told of a trouble, which may go on.
func (t *Trouble) Resume(now time.Time) { t.told, t.at = true, now }

// Turn is a change that is worth an event.
type Turn int

// The turns.
const (
	Nothing Turn = iota
	Begins
	Over
)

// Note notes how a step has gone; err is nil if it has gone well. skipping: the last lines were left
// out. lastStep: this is the last step, so that a trouble that is over counts as over at once. Otherwise
// it must have been over for a while, since a disk that is full to the brim takes some lines and not
// others. Note returns the change that an event is to tell.
func (t *Trouble) Note(err error, skipping, lastStep bool, now time.Time) Turn {
	if err != nil || skipping {
		t.at = now
	}
	t.Blocked = err != nil
	switch {
	case err != nil && !t.told:
		t.told = true
		return Begins
	case err == nil && t.told && !skipping && (lastStep || now.Sub(t.at) >= t.Calm):
		t.told = false
		return Over
	}
	return Nothing
}
