package ring

import (
	"time"

	"httpd-syslog/forwarder/spool/frame"
)

// retryMax is the longest time between two attempts to write.
const retryMax = 30 * time.Millisecond

// WriteOut gives frames to store as they come, and gives it those again that it could not
// write. It returns when the ring is closed and empty. Once ended is closed it also returns
// when store has written nothing for lastTry; left is then how many lines are lost.
func (r *Ring) WriteOut(store func(frames []byte) (int, error), ended <-chan struct{}, lastTry time.Duration) (left uint64) {
	var wait time.Duration
	var failing time.Time // since when store has written nothing, after the end of input; zero: it has
	for frames := r.Next(); frames != nil; frames = r.Next() {
		n, err := store(frames)
		r.Release(n)
		if n > 0 {
			failing = time.Time{} // the spool gets on, if slowly
		}
		if err == nil {
			wait = 0
			continue
		}
		wait = min(max(2*wait, 10*time.Millisecond), retryMax)
		select {
		case <-ended:
			if failing.IsZero() {
				failing = time.Now()
			}
			if time.Since(failing) >= lastTry {
				return r.dropAll()
			}
		default:
		}
		time.Sleep(wait)
	}
	return 0
}

// dropAll empties the ring, and returns how many lines are lost.
func (r *Ring) dropAll() (lines uint64) {
	for frames := r.Next(); frames != nil; frames = r.Next() {
		lines += frame.CountLines(frames)
		r.Release(len(frames))
	}
	return lines
}
