// Package signals is what the processes of a pipe do with the signals that Apache sends. It is
// for one caller at a time, and imports nothing that takes time to initialise.
package signals

import (
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"unsafe"
)

// Ignore makes a process ignore all signals that Apache sends. An intake calls it first of all:
// nothing but the end of its input ends it.
func Ignore() {
	signal.Ignore(syscall.SIGTERM, syscall.SIGHUP, syscall.SIGINT, syscall.SIGPIPE, syscall.SIGUSR1)
}

// Handler is a front's handler of signals. It costs three threads (package os/signal has a
// goroutine that never leaves its system call), so that a front that only waits for its intake
// has none. The zero value handles nothing.
type Handler struct {
	End   chan os.Signal // SIGTERM, SIGINT: to end
	Child chan os.Signal // SIGCHLD: the intake may have ended
}

// IgnoreForGroup ignores the signals that Apache sends to its whole process group, and SIGPIPE,
// which comes when nobody reads standard error any more.
func IgnoreForGroup() { signal.Ignore(syscall.SIGHUP, syscall.SIGUSR1, syscall.SIGPIPE) }

// Catch has the process handle signals that otherwise end it, and those that Go's runtime has kept.
func (h *Handler) Catch() {
	if h.End != nil {
		return
	}
	if taken.Swap(false) { // package signal does not know, and would install no handler
		signal.Ignore(syscall.SIGTERM, syscall.SIGINT)
	}
	h.End, h.Child = make(chan os.Signal, 1), make(chan os.Signal, 1)
	signal.Notify(h.End, syscall.SIGTERM, syscall.SIGINT)
	signal.Notify(h.Child, syscall.SIGCHLD)
}

// Release removes the handler: signals end the process again, and a program that replaces it by
// exec inherits nothing of the handler. asked: a signal that should end the front has come.
func (h *Handler) Release() (asked bool) {
	if h.End == nil {
		return false
	}
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		takeDefault(sig)
	}
	signal.Stop(h.End) // waits until signals that the handler has seen are in the channel
	signal.Stop(h.Child)
	select {
	case <-h.End:
		asked = true
	default:
	}
	*h = Handler{}
	return asked
}

// taken: this process has a signal that takeDefault was called for.
var taken atomic.Bool

// takeDefault has the kernel itself do what a signal does by default. Package signal has Go's
// runtime do it, in a handler, which an exec cuts short on another thread: the signal would
// be lost.
func takeDefault(sig syscall.Signal) {
	taken.Store(true)
	var action [64]byte // struct sigaction; of zeros it is SIG_DFL wherever Linux runs
	const maskSize = 8
	_, _, _ = syscall.RawSyscall6(syscall.SYS_RT_SIGACTION, uintptr(sig), uintptr(unsafe.Pointer(&action)), 0, maskSize, 0, 0)
}
