package intake

import (
	"os"
	"os/signal"
	"syscall"
)

// IgnoreSignals is what an intake calls first of all: nothing but the end of its input ends
// it.
func IgnoreSignals() {
	signal.Ignore(syscall.SIGTERM, syscall.SIGHUP, syscall.SIGINT, syscall.SIGPIPE, syscall.SIGUSR1)
}

// signals are what a front hears of, if it listens: that costs it three threads.
type signals struct {
	end   chan os.Signal // SIGTERM, SIGINT: to end
	child chan os.Signal // SIGCHLD: the intake has ended, perhaps
}

// catch has the front hear of signals, which end it otherwise.
func (s *signals) catch() {
	if s.end != nil {
		return
	}
	s.end, s.child = make(chan os.Signal, 1), make(chan os.Signal, 1)
	signal.Notify(s.end, syscall.SIGTERM, syscall.SIGINT)
	signal.Notify(s.child, syscall.SIGCHLD)
}

func (s *signals) leave() {
	if s.end != nil {
		signal.Stop(s.end)
		signal.Stop(s.child)
	}
}
