package intake

import (
	"time"

	"httpd-syslog/forwarder/spool"
)

// Pour gives frames to store as they come, and again and again what it could not
// take. It returns when the ring is closed and empty, or when that is so for lastTry
// since ended was closed: then with the number of lines it had to give up.
func (r *Ring) Pour(store func(frames []byte) (int, error), ended <-chan struct{}, lastTry time.Duration) (left uint64) {
	var wait time.Duration
	var failing time.Time // since when, after the end of input
	for frames := r.Next(); frames != nil; frames = r.Next() {
		n, err := store(frames)
		r.Taken(n)
		if err == nil {
			wait, failing = 0, time.Time{}
			continue
		}
		wait = min(max(2*wait, 10*time.Millisecond), retryMax)
		if isClosed(ended) {
			if failing.IsZero() {
				failing = time.Now()
			}
			if time.Since(failing) >= lastTry {
				return r.giveUp()
			}
		}
		time.Sleep(wait)
	}
	return 0
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// giveUp empties the ring, and counts the lines.
func (r *Ring) giveUp() (lines uint64) {
	for frames := r.Next(); frames != nil; frames = r.Next() {
		lines += spool.CountLines(frames)
		r.Taken(len(frames))
	}
	return lines
}
