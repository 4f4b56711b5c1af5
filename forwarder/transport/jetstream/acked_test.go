package jetstream

import (
	"testing"
	"time"

	"httpd-syslog/forwarder/testbed/natsbed"
	"httpd-syslog/forwarder/transport/storetest"
)

// TestStaleLeader: a leader that knows less than was acknowledged is not believed before it has had the time to
// notice that it leads nobody.
func TestStaleLeader(t *testing.T) {
	now := time.Unix(1e9, 0)
	a := &acked{last: map[string]*ackedEntry{}, now: func() time.Time { return now }}
	believe := func(seq uint64, want bool) {
		t.Helper()
		if err := a.judge("s", seq); (err == nil) != want {
			t.Errorf("entry %d at %v: %v", seq, now, err)
		}
	}
	believe(7, true) // nothing is known
	a.note("s", 10)
	believe(10, true)
	believe(11, true)
	believe(9, false)
	now = now.Add(leaderPatience - 1)
	believe(9, false)
	if a.judge("other", 1) != nil {
		t.Error("another series is judged by this one")
	}
	now = now.Add(1)
	believe(9, true)

	a.note("s", 20) // it was back meanwhile
	believe(19, false)
	now = now.Add(leaderPatience / 2)
	a.note("s", 21)
	now = now.Add(leaderPatience / 2)
	believe(20, false)
}

// TestStoreBehind: a session is not begun with a last entry before one that was acknowledged to this process.
func TestStoreBehind(t *testing.T) {
	t.Parallel()
	s := natsbed.New(t, natsbed.Options{})
	_, js := s.Connect(t)
	natsbed.Stream(t, js, nil)
	o := options(series())
	store := dialAt(t, s, o)
	storetest.Append(t, store, "one", storetest.Messages(0, 1))
	storetest.Append(t, store, "two", storetest.Messages(1, 2))
	if err := js.DeleteStream(t.Context(), "HTTPD"); err != nil {
		t.Fatal(err)
	}
	natsbed.Stream(t, js, nil) // as one that was restored
	expectError(t, server("nats", s.Address), o, "says that 0 is the series' last entry, and 2 was acknowledged", "when it stays so for 30s, it is believed")
}
