package forwarder

import (
	"time"

	"httpd-syslog/forwarder/spool"
)

// pour gives frames to store as they come, and again and again what it could not
// take. It returns when the ring is closed and empty, or when that is so for lastTry
// since ended was closed: then with the number of lines it had to give up.
func (r *ring) pour(store func(frames []byte) (int, error), ended <-chan struct{}, lastTry time.Duration) (left uint64) {
	var wait time.Duration
	var failing time.Time // since when, after the end of input
	for frames := r.next(); frames != nil; frames = r.next() {
		n, err := store(frames)
		r.taken(n)
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

// giveUp empties the ring, and counts the lines.
func (r *ring) giveUp() (lines uint64) {
	for frames := r.next(); frames != nil; frames = r.next() {
		lines += spool.CountLines(frames)
		r.taken(len(frames))
	}
	return lines
}
