package inlet

import (
	"errors"
	"slices"
	"sync"
)

// progress is how far an inlet is written, and wakes who waits for that. Its methods may be called by
// several goroutines.
type progress struct {
	mu      sync.Mutex
	written uint64 // bytes of frames, of all that were ever built
	over    bool   // there will be no more
	waiting []*waiter
}

// waiter waits for an end.
type waiter struct {
	end  uint64
	wake chan struct{} // closed when written has reached end, or is over
}

var (
	errLost    = errors.New("the message could not be written to the spool")
	errStopped = errors.New("the message is not written to the spool yet")
)

// has reports whether the frames up to end are written.
func (p *progress) has(end uint64) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.written >= end
}

// add notes that n more bytes are written.
func (p *progress) add(n int) {
	if n == 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.written += uint64(n)
	woken := 0
	for woken < len(p.waiting) && p.waiting[woken].end <= p.written {
		close(p.waiting[woken].wake)
		woken++
	}
	p.waiting = slices.Delete(p.waiting, 0, woken)
}

// end notes that nothing more will be written.
func (p *progress) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.over = true
	for _, w := range p.waiting {
		close(w.wake)
	}
	p.waiting = nil
}

// await waits until the frames up to end are written, or stop is closed.
func (p *progress) await(end uint64, stop <-chan struct{}) error {
	p.mu.Lock()
	if p.written >= end || p.over {
		defer p.mu.Unlock()
		return p.outcome(end)
	}
	w := &waiter{end, make(chan struct{})}
	at, _ := slices.BinarySearchFunc(p.waiting, end, func(w *waiter, end uint64) int {
		if w.end <= end {
			return -1
		}
		return 1
	})
	p.waiting = slices.Insert(p.waiting, at, w)
	p.mu.Unlock()
	select {
	case <-w.wake:
	case <-stop:
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waiting = slices.DeleteFunc(p.waiting, func(other *waiter) bool { return other == w })
	return p.outcome(end)
}

// outcome is what has come of the frames up to end. The caller holds the lock.
func (p *progress) outcome(end uint64) error {
	switch {
	case p.written >= end:
		return nil
	case p.over:
		return errLost
	}
	return errStopped
}
