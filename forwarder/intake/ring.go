package intake

import (
	"fmt"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/spool"
)

// Ring is the bounded memory between the reading of stdin and the writing of
// the spool. One goroutine builds frames in place at its tail, one takes them
// from its head. Frames lie in it whole and one behind the other, so that many
// can go into one write. Its pages are the kernel's until they are used; when
// it runs empty it begins at its start again, so that in normal times the same
// few, cached pages serve for everything.
type Ring struct {
	buf []byte // never changes

	mu      sync.Mutex
	changed sync.Cond
	head    int  // first byte of the oldest frame
	tail    int  // where the next frame is being built
	wrapped bool // frames lie in [head,wrap) and [0,tail)
	wrap    int
	closed  bool
	peak    int // highest byte used since the last trim
	takenAt time.Time
	stuck   bool // the taker has not got on, and was waited for
	late    bool // likewise, for everything to be taken
	alarm   *time.Timer
}

// trimAbove: what a stall has made the ring use beyond this goes back to the
// kernel once the ring is empty.
const trimAbove = 2 << 20

// takeMax is how many bytes of frames the taker gets at once, at most: a write
// of that size shows that the disk gets on.
const takeMax = 2 << 20

// NewRing returns one of so many bytes, in memory that is not used yet. It must be freed.
func NewRing(size int) (*Ring, error) {
	buf, err := unix.Mmap(-1, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON|unix.MAP_NORESERVE)
	if err != nil {
		return nil, fmt.Errorf("%d bytes of memory for lines: %w", size, err)
	}
	r := &Ring{buf: buf}
	r.changed.L = &r.mu
	r.alarm = time.AfterFunc(time.Hour, r.changed.Broadcast)
	r.alarm.Stop()
	return r, nil
}

// Room returns where the frame that is being built lies and may grow. Its first
// keep bytes are what it has already; want bytes more are there at least.
// nil: the ring is too full for that. Builder only.
func (r *Ring) Room(keep, want int) []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.find(keep, want)
}

// Wait is Room, but blocks until there is some. Builder only.
func (r *Ring) Wait(keep, want int) []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	for {
		if b := r.find(keep, want); b != nil {
			return b
		}
		r.changed.Wait() // builder and taker never wait both
	}
}

// WaitWritten blocks until everything has been taken; for patience at most once
// hurry says that there is no more time. After that it does not block before
// everything has been taken once. Builder only.
//
// Patience is measured in two halves, each from when this process runs: one that
// was stopped, or starved of the processor, learns nothing of the disk from the
// time that has passed.
func (r *Ring) WaitWritten(patience time.Duration, hurry func() bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.late || r.empty() {
		return
	}
	began := time.Now()
	r.alarm.Reset(patience / 2)
	for halves := 0; !r.empty() && !r.late; {
		r.changed.Wait()
		if r.empty() || time.Since(began) < patience/2 {
			continue
		}
		halves++
		r.late = halves >= 2 && hurry()
		began = time.Now()
		r.alarm.Reset(patience / 2)
	}
	r.alarm.Stop()
}

// WaitEmpty blocks until everything has been taken. Builder only.
func (r *Ring) WaitEmpty() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for !r.empty() {
		r.changed.Wait() // builder and taker never wait both
	}
}

func (r *Ring) empty() bool { return !r.wrapped && r.head == r.tail }

// WaitBriefly is Wait, but only as long as the taker gets on: nil when it has
// taken nothing for patience, and at once until it takes something again.
// Builder only.
func (r *Ring) WaitBriefly(keep, want int, patience time.Duration) []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	began := time.Now()
	for {
		if b := r.find(keep, want); b != nil {
			return b
		}
		if r.stuck {
			return nil
		}
		left := patience - min(time.Since(r.takenAt), time.Since(began))
		if left <= 0 {
			r.stuck = true
			return nil
		}
		t := time.AfterFunc(left, r.changed.Broadcast)
		r.changed.Wait()
		t.Stop()
	}
}

func (r *Ring) find(keep, want int) []byte {
	if r.empty() && r.tail > 0 {
		copy(r.buf, r.buf[r.tail:r.tail+keep])
		r.head, r.tail = 0, 0
		r.trim(keep)
	}
	end := len(r.buf)
	if r.wrapped {
		end = r.head
	}
	if end-r.tail >= keep+want {
		return r.buf[r.tail:end]
	}
	if r.wrapped || r.head < keep+want {
		return nil
	}
	copy(r.buf, r.buf[r.tail:r.tail+keep])
	r.wrap, r.wrapped, r.tail = r.tail, true, 0
	return r.buf[:r.head]
}

// Add makes the first n bytes of the room a frame to be taken. Builder only.
func (r *Ring) Add(n int) {
	r.mu.Lock()
	r.tail += n
	r.peak = max(r.peak, r.tail)
	r.mu.Unlock()
	r.changed.Signal()
}

// Close says that no more frames will be added. Builder only.
func (r *Ring) Close() {
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	r.changed.Signal()
}

// Next returns the oldest frames, whole ones, at least one (takeMax is more than
// any frame that is built). It blocks until there are any; nil: the ring is
// closed and empty. Taker only.
func (r *Ring) Next() []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	for r.empty() {
		if r.closed {
			return nil
		}
		r.changed.Wait()
	}
	end := r.tail
	if r.wrapped {
		end = r.wrap
	}
	b := r.buf[r.head:end]
	if len(b) > takeMax {
		b = b[:spool.Whole(b[:takeMax])]
	}
	return b
}

// Taken gives back the first n bytes of what Next returned. Taker only.
func (r *Ring) Taken(n int) {
	if n == 0 {
		return
	}
	r.mu.Lock()
	r.takenAt, r.stuck = time.Now(), false
	r.head += n
	if r.wrapped && r.head == r.wrap {
		r.head, r.wrapped = 0, false
	}
	if r.empty() {
		r.late = false
	}
	r.mu.Unlock()
	r.changed.Signal()
}

func (r *Ring) trim(keep int) {
	if r.peak <= trimAbove {
		return
	}
	page := unix.Getpagesize()
	from := (max(keep, trimAbove) + page - 1) / page * page
	_ = unix.Madvise(r.buf[from:], unix.MADV_DONTNEED) // only memory is at stake
	r.peak = 0
}

// Size is how many bytes it is.
func (r *Ring) Size() int { return len(r.buf) }

// Free gives the memory back. Nothing must be done with the ring after it.
func (r *Ring) Free() { _ = unix.Munmap(r.buf) }
