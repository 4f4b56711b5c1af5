package ring

import (
	"fmt"
	"runtime"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/spool/frame"
)

// Ring is the bounded memory between reading and writing. One goroutine, the builder,
// builds frames in place at its tail; another one, the writer, writes frames from its
// head to the spool. Frames lie in it whole and one behind the other, so that many can
// go into one write. Its pages are the kernel's until they are used; when the ring runs
// empty it begins at its start again, so that in normal times the same few, cached pages
// serve for everything. A frame in the ring dies with the process.
type Ring struct {
	buf []byte // never changes

	mu        sync.Mutex
	changed   sync.Cond
	head      int  // first byte of the oldest frame
	tail      int  // where the next frame is being built
	wrapped   bool // frames lie in [head,wrap) and [0,tail)
	wrap      int
	closed    bool
	peak      int       // highest byte used since the last trim
	writtenAt time.Time // when the writer called Release last
	stuck     bool      // WaitBriefly has given up waiting; cleared by the next Release
	late      bool      // WaitWritten has given up waiting; cleared when the ring is empty
	alarm     *time.Timer
}

// trimAbove: what a stall has made the ring use beyond this goes back to the
// kernel once the ring is empty.
const trimAbove = 2 << 20

// nextMax is how many bytes of frames the writer gets at once, at most: its writes
// must be short enough for Release to show that the disk gets on.
const nextMax = 2 << 20

// New returns a ring of size bytes, whose memory costs nothing until it is used. The
// caller frees it (Free).
func New(size int) (*Ring, error) {
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

// Space returns the space for the frame that is being built. Its first keep bytes are those
// that the frame has already; at least want more follow. nil: the ring is too full for
// that. It does not block. Builder only.
func (r *Ring) Space(keep, want int) []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.find(keep, want)
}

// Wait is Space, but blocks until there is some. Builder only.
func (r *Ring) Wait(keep, want int) []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	for {
		if b := r.find(keep, want); b != nil {
			return b
		}
		r.changed.Wait() // builder and writer never both wait
	}
}

// WaitWritten blocks until the ring is empty, or until patience has passed and hurry reports
// that there is no more time. Once it has given up like that it does not block again before
// the ring was empty. Builder only.
//
// Patience is measured in two halves, each from a moment at which this process runs: from the
// time in which it was stopped, or starved of the processor, it learns nothing of the disk.
func (r *Ring) WaitWritten(patience time.Duration, hurry func() bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.late && !r.empty() { // mostly the writer is done after its turn, and no alarm is needed
		r.mu.Unlock()
		runtime.Gosched()
		r.mu.Lock()
	}
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

// WaitEmpty blocks until the ring is empty. Builder only.
func (r *Ring) WaitEmpty() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for !r.empty() {
		r.changed.Wait() // builder and writer never both wait
	}
}

func (r *Ring) empty() bool { return !r.wrapped && r.head == r.tail }

// WaitBriefly is Wait, but returns nil when the writer has released nothing for patience, and
// from then on at once, until the writer releases something. Builder only.
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
		left := patience - min(time.Since(r.writtenAt), time.Since(began))
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

// Add makes the first n bytes of the space frames for the writer. Builder only.
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

// Next returns the oldest frames, whole ones, at least one (nextMax is more than
// any frame that is built). It blocks until there are any; nil: the ring is
// closed and empty. The frames stay in the ring until Release. Writer only.
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
	if len(b) > nextMax {
		b = b[:frame.Whole(b[:nextMax])]
	}
	return b
}

// Release frees the space of the first n bytes that Next returned: they are written. Writer
// only.
func (r *Ring) Release(n int) {
	if n == 0 {
		return
	}
	r.mu.Lock()
	r.writtenAt, r.stuck = time.Now(), false
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

// Held is how many bytes of frames are in the ring. Any goroutine may call it.
func (r *Ring) Held() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.wrapped {
		return r.wrap - r.head + r.tail
	}
	return r.tail - r.head
}

// Size is the size of the ring in bytes.
func (r *Ring) Size() int { return len(r.buf) }

// Free gives the memory back. Nothing must be done with the ring after it.
func (r *Ring) Free() { _ = unix.Munmap(r.buf) }
