package forwarder

import (
	"context"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"httpd-syslog/forwarder/status"
	"httpd-syslog/forwarder/testbed"
)

// TestServiceWithoutStateDirectory: a service whose state directory is taken away, and
// cannot be made anew, tries again, and shows that it does, until it can.
func TestServiceWithoutStateDirectory(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.o.DrainTimeout = 100 * time.Millisecond
	var beats atomic.Int64
	service, err := NewService(ServiceOptions{Deliver: s.o, Beat: func() { beats.Add(1) }})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- service.Run(ctx) }()
	s.awaitStatus("delivery", func(st status.Status) bool { return st.Delivery.Service })
	// What is not in the log yet goes away with the spool that it stands in.
	testbed.AwaitTold(t, s.audit, "service.begin")
	away := s.o.StateDir + ".away"
	if err := os.Rename(string(s.o.StateDir), string(away)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(string(s.o.StateDir), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	testbed.Eventually(t, "the end of delivery there", func() bool { return !away.Delivering() })
	before := beats.Load()
	testbed.Eventually(t, "some tries", func() bool { return beats.Load() >= before+2 })
	if err := os.Remove(string(s.o.StateDir)); err != nil {
		t.Fatal(err)
	}
	s.awaitStatus("delivery again", func(st status.Status) bool { return st.Delivery.Service })
	w := s.writer("access")
	w.Lines(10)
	testbed.Eventually(t, "the lines", func() bool { return strings.HasSuffix(s.local("access_log"), testbed.Numbered(1, 10)) })
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	w.Close()
	must(t, RunDeliverer(t.Context(), s.o)) // what the service has told at its end
	testbed.WantTold(t, s.audit(), "service.begin", "service.failing", "service.delivers", "service.end")
	if s.o.StateDir.ServiceRuns() {
		t.Error("the lock is still held")
	}
}
