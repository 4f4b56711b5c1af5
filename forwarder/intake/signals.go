package intake

import (
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"unsafe"
)

// IgnoreSignals makes a process ignore all signals that Apache sends. An intake calls it first
// of all: nothing but the end of its input ends it.
func IgnoreSignals() {
	signal.Ignore(syscall.SIGTERM, syscall.SIGHUP, syscall.SIGINT, syscall.SIGPIPE, syscall.SIGUSR1)
}

// Signals are the signals that a front handles. A handler costs the front three threads (package
// os/signal has a goroutine that never leaves its system call), so that a front that only waits
// for its intake has none.
type Signals struct {
	end   chan os.Signal // SIGTERM, SIGINT: to end
	child chan os.Signal // SIGCHLD: the intake may have ended
}

// CatchSignals installs the handler. A front calls it first of all: from then on SIGTERM does
// not end the process before there is an intake, and the signals that Apache sends to its
// whole process group do nothing.
func CatchSignals() *Signals {
	s := new(Signals)
	s.catch()
	ignoreForGroup()
	return s
}

// ignoreForGroup ignores the signals that Apache sends to its whole process group, and SIGPIPE,
// which comes when nobody reads standard error any more.
func ignoreForGroup() { signal.Ignore(syscall.SIGHUP, syscall.SIGUSR1, syscall.SIGPIPE) }

// catch has the process handle signals that otherwise end it.
func (s *Signals) catch() {
	if s.end != nil {
		return
	}
	if taken.Swap(false) { // package signal does not know, and would install no handler
		signal.Ignore(syscall.SIGTERM, syscall.SIGINT)
	}
	s.end, s.child = make(chan os.Signal, 1), make(chan os.Signal, 1)
	signal.Notify(s.end, syscall.SIGTERM, syscall.SIGINT)
	signal.Notify(s.child, syscall.SIGCHLD)
}

// release removes the handler: signals end the process again, and a program that replaces it by
// exec inherits nothing of the handler. asked: a signal that should end the front has come.
func (s *Signals) release() (asked bool) {
	if s.end == nil {
		return false
	}
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		takeDefault(sig)
	}
	signal.Stop(s.end) // waits until signals that the handler has seen are in the channel
	signal.Stop(s.child)
	select {
	case <-s.end:
		asked = true
	default:
	}
	*s = Signals{}
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
