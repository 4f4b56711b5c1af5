package intake

import (
	"os/signal"
	"syscall"
	"testing"
)

// TestSignalsThatEndAFront: each is heard as long as there is a handler, and again when there is one anew
// after it was removed, as where the exec of a follower fails.
func TestSignalsThatEndAFront(t *testing.T) {
	var s Signals
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGTERM} {
		s.catch()
		if err := syscall.Kill(syscall.Getpid(), sig); err != nil { // without a handler it ends the test
			t.Fatal(err)
		}
		if got := <-s.end; got != sig {
			t.Errorf("%v is heard, not %v", got, sig)
		}
		if s.release() {
			t.Errorf("%v is told twice", sig)
		}
	}
	s.catch() // the handler of other tests
	signal.Stop(s.end)
	signal.Stop(s.child)
}
