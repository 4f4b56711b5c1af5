package idle

import (
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// PatientTimer is a timer for long waits in a process that has nothing else to do: a
// timerfd (timerfd_create(2)). With a timer of the runtime, which sleeps in epoll_wait(2),
// the kernel may be late by a thousandth of the wait; the runtime's watchdog thread wakes
// up on the dot, and looks every 20 µs whether the sleeping thread has woken up: a dozen wake-ups
// for a wait of five seconds. Its methods are for one goroutine.
type PatientTimer struct {
	C     chan struct{} // gets one value when the time is over
	fd    int           // of file
	file  *os.File      // of the timerfd; nil: there is none, and alarm is used instead
	done  chan struct{} // closed when nobody reads from file
	alarm *time.Timer

	mu          sync.Mutex // what was read of file is told before another wait begins
	expirations [8]byte
}

// NewPatientTimer returns a timer that runs for d. It must be stopped.
func NewPatientTimer(d time.Duration) *PatientTimer {
	t := &PatientTimer{C: make(chan struct{}, 1), done: make(chan struct{})}
	fd, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	if err != nil { // no descriptor is free
		t.alarm = time.AfterFunc(d, t.ring)
		close(t.done)
		return t
	}
	t.fd, t.file = fd, os.NewFile(uintptr(fd), "timer")
	go t.read()
	t.Reset(d)
	return t
}

func (t *PatientTimer) read() {
	defer close(t.done)
	raw, err := t.file.SyscallConn()
	for look := t.look; err == nil; { // until it is closed
		err = raw.Read(look)
	}
}

// look tells that the time is over, if it is, and reports whether it was.
func (t *PatientTimer) look(fd uintptr) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, err := unix.Read(int(fd), t.expirations[:]); err != nil {
		return err != unix.EAGAIN
	}
	t.ring()
	return true
}

func (t *PatientTimer) ring() {
	select {
	case t.C <- struct{}{}:
	default:
	}
}

// Reset makes the timer run for d from now, whether it is running or not. C gets one value, for this wait;
// where no descriptor was free, one for an earlier wait that ends just then too.
func (t *PatientTimer) Reset(d time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	select { // first: a short time can be over before Reset returns
	case <-t.C:
	default:
	}
	if t.file == nil {
		t.alarm.Reset(d)
		return
	}
	value := unix.NsecToTimespec(int64(max(d, 1)))                        // 0 would stop it
	_ = unix.TimerfdSettime(t.fd, 0, &unix.ItimerSpec{Value: value}, nil) // cannot fail with these arguments
}

// Stop ends the timer for good, and frees its descriptor.
func (t *PatientTimer) Stop() {
	if t.file == nil {
		t.alarm.Stop()
		return
	}
	t.file.Close()
	<-t.done
}
