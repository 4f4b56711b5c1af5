package signals

import (
	"os/signal"
	"syscall"
	"testing"

	"httpd-syslog/forwarder/testbed"
)

// TestSignalsThatEndAFront: each is heard as long as there is a handler, and again when there is one anew
// after it was removed, as where the exec of a follower fails. In between the kernel itself ends
// the process at SIGTERM.
func TestSignalsThatEndAFront(t *testing.T) {
	var h Handler
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGTERM} {
		h.Catch()
		if err := syscall.Kill(syscall.Getpid(), sig); err != nil { // without a handler it ends the test
			t.Fatal(err)
		}
		if got := <-h.End; got != sig {
			t.Errorf("%v is heard, not %v", got, sig)
		}
		if h.Release() {
			t.Errorf("%v is told twice", sig)
		}
		if self := testbed.Process(syscall.Getpid()); self.Catches(syscall.SIGTERM) || self.Ignores(syscall.SIGTERM) {
			t.Error("SIGTERM does not end the process")
		}
	}
	h.Catch() // the handler of other tests
	signal.Stop(h.End)
	signal.Stop(h.Child)
}
