package idle

import "time"

// Alarm is a timer that is asked for again and again, and mostly for the same time: then nothing is made
// anew. The zero value is ready. Not for concurrent use.
type Alarm struct {
	timer *time.Timer
	at    time.Time
}

// At gets something at a time; nil: never.
func (a *Alarm) At(at time.Time) <-chan time.Time {
	switch {
	case at.IsZero():
		return nil
	case a.timer == nil:
		a.timer = time.NewTimer(time.Until(at))
	case !at.Equal(a.at) || !time.Now().Before(at): // what it got at that time may have been taken already
		a.timer.Reset(time.Until(at))
	}
	a.at = at
	return a.timer.C
}
