package relay

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"httpd-syslog/forwarder/testbed"
	"httpd-syslog/forwarder/transport"
)

// lossySession takes everything, but accepts what lies a while back. It breaks when it
// has got so much.
type lossySession struct {
	nullSession
	lag, breaks uint64
	got         []byte
}

func (s *lossySession) Send(b []byte, ends []int, waiting func() error) error {
	s.got = append(s.got, b...)
	_ = s.nullSession.Send(b, ends, waiting) // it never fails
	if s.breaks > 0 && s.n >= s.breaks {
		return errors.New("broken")
	}
	return nil
}

func (s *lossySession) Accepted() uint64 { return s.n - min(s.n, s.lag) }

// TestRewindBytes: after a break no more than RewindBytes are sent again, what was on
// its way included, and not much less. A RewindBytes below what one Send takes still
// has what was accepted last sent again.
func TestRewindBytes(t *testing.T) {
	t.Parallel()
	const batch = streamBatch + 256 // and the rest of its last message
	for _, c := range []struct {
		rewind      int64
		lag         uint64
		least, most int
	}{
		{0, 0, 0, batch}, // that of the Send that fails
		{1 << 20, 0, 1<<20 - 2*batch, 1 << 20},
		{1 << 20, 512 << 10, 1<<20 - 2*batch, 1 << 20},
		{64 << 10, 0, batch / 2, 2 * batch},
		{1 << 20, 2 << 20, 2 << 20, 2<<20 + 2*batch}, // more is on its way, and not even accepted
	} {
		state := stateDir(t)
		sessions := []*lossySession{
			{nullSession: nullSession{breakage: newBreakage()}, lag: c.lag, breaks: 6 << 20},
			{nullSession: nullSession{breakage: newBreakage()}},
		}
		next := 0
		server := &fakeServer{func(context.Context) (transport.Session, error) {
			next++
			return sessions[next-1], nil
		}}
		const lines = 80000 // 9 MB on the wire
		r := newFakeRelay(t, state, spooledLines(t, state, lines), server, Options{Rewind: time.Hour, RewindBytes: c.rewind})
		_, end := start(t, r)
		testbed.Eventually(t, "all is sent", r.progress.AtEnd)
		end()
		first := sessions[1].got
		first = first[:bytes.IndexByte(first, '>')+100]
		at := bytes.Index(sessions[0].got, first)
		if at < 0 {
			t.Fatalf("%q was not sent before", first)
		}
		again := len(sessions[0].got) - at
		t.Logf("rewind_bytes %d, %d on the way: %d bytes again", c.rewind, c.lag, again)
		if again < c.least || again > c.most {
			t.Errorf("want %d to %d", c.least, c.most)
		}
		if want := bytes.Count(sessions[1].got, []byte(" httpd ")) + bytes.Count(sessions[0].got[:at], []byte(" httpd ")); want != lines {
			t.Errorf("%d messages, without those again, of %d lines", want, lines)
		}
	}
}
