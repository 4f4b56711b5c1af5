package forwarder

import (
	"testing"
	"time"

	"httpd-syslog/forwarder/testbed"
)

// TestEndThatNobodyWaitsFor: a server that is slow has more time where no writer waits for the next
// deliverer.
func TestEndThatNobodyWaitsFor(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		waiting bool // a writer goes on
		calm    time.Duration
	}{{"nobody waits", false, 200 * time.Millisecond}, {"a writer waits", true, time.Hour}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			away := testbed.NewCentral(t)
			away.Kill()
			s := newSite(t, relayTo(away, "away"))
			s.o.DrainTimeout, s.o.Timing.CalmDrain = 0, c.calm
			s.o.Changed = func() (bool, error) { return true, nil }
			w := s.writer("access")
			w.Lines(1)
			if !c.waiting {
				w.Close()
			}
			begun := time.Now()
			ended := make(chan error, 1)
			go func() { ended <- RunDeliverer(t.Context(), s.o) }()
			testbed.Eventually(t, "the deliverer has ended", func() bool { return len(ended) > 0 })
			if err := <-ended; err != ErrChanged {
				t.Errorf("ends with %v", err)
			}
			if took := time.Since(begun); !c.waiting && took < c.calm {
				t.Errorf("ends after %v already", took)
			}
		})
	}
}
