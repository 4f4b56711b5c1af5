package forwarder

import (
	"context"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"httpd-syslog/forwarder/statedir"
)

// TestServiceWithoutStateDirectory: a service whose state directory is taken away, and
// cannot be made anew, tries again, and shows that it does, until it can.
func TestServiceWithoutStateDirectory(t *testing.T) {
	s := newSite(t)
	s.o.DrainTimeout = time.Second
	var beats atomic.Int64
	service, err := NewService(ServiceOptions{Deliver: s.o, Beat: func() { beats.Add(1) }})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- service.Run(ctx) }()
	s.awaitStatus("delivery", func(st Status) bool { return st.Delivery.Service })
	away := s.o.StateDir + ".away"
	if err := os.Rename(s.o.StateDir, away); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(s.o.StateDir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the end of delivery there", func() bool { return !statedir.Delivering(away) })
	before := beats.Load()
	eventually(t, "some tries", func() bool { return beats.Load() >= before+2 })
	if err := os.Remove(s.o.StateDir); err != nil {
		t.Fatal(err)
	}
	s.awaitStatus("delivery again", func(st Status) bool { return st.Delivery.Service })
	s.writer("access").write(10)
	eventually(t, "the lines", func() bool { return strings.HasSuffix(s.local("access_log"), numbered(1, 10)) })
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if statedir.ServiceRuns(s.o.StateDir) {
		t.Error("the lock is still held")
	}
}
