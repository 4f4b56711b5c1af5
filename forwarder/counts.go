package forwarder

import (
	"maps"
	"time"
)

// streamCount is what has become of a stream's lines at the local log, since its state
// directory was made. It is committed with the position that it belongs to.
type streamCount struct {
	Lines   uint64 `json:"lines,omitempty"` // written
	Bytes   uint64 `json:"bytes,omitempty"` // of these
	LeftOut uint64 `json:"left_out,omitempty"`
	// LeftOutBytes are the bytes of these.
	LeftOutBytes uint64 `json:"left_out_bytes,omitempty"`
	Dropped      uint64 `json:"dropped,omitempty"` // before they came into the spool
}

// streamCounts are by stream.
type streamCounts map[string]streamCount

func (c streamCounts) add(stream string, n streamCount) {
	s := c[stream]
	s.Lines += n.Lines
	s.Bytes += n.Bytes
	s.LeftOut += n.LeftOut
	s.LeftOutBytes += n.LeftOutBytes
	s.Dropped += n.Dropped
	c[stream] = s
}

// take moves the counts of other into c.
func (c streamCounts) take(other streamCounts) {
	for stream, n := range other {
		c.add(stream, n)
	}
	clear(other)
}

// leftOut makes written lines of a stream ones that were left out, and tells how many.
func (c streamCounts) leftOut(stream string) uint64 {
	s := c[stream]
	n := s.Lines
	c[stream] = streamCount{LeftOut: s.LeftOut + n, LeftOutBytes: s.LeftOutBytes + s.Bytes, Dropped: s.Dropped}
	return n
}

func (c streamCounts) clone() streamCounts {
	if c == nil {
		return make(streamCounts)
	}
	return maps.Clone(c)
}

// lines are all that were written.
func (c streamCounts) lines() (n uint64) {
	for _, s := range c {
		n += s.Lines
	}
	return n
}

// relayCount is what a relay has done since it was added.
type relayCount struct {
	Lines    uint64 `json:"lines"` // accepted, repeated ones included
	Repeated uint64 `json:"repeated"`
	GivenUp  uint64 `json:"given_up"`
	Failures uint64 `json:"failures"`          // connections that failed or broke
	Refused  uint64 `json:"refused,omitempty"` // messages that a server did not take
	Aside    uint64 `json:"aside,omitempty"`   // of these, those that were set aside
}

// atLeast is c, but no less than other.
func (c relayCount) atLeast(other relayCount) relayCount {
	return relayCount{
		Lines: max(c.Lines, other.Lines), Repeated: max(c.Repeated, other.Repeated),
		GivenUp: max(c.GivenUp, other.GivenUp), Failures: max(c.Failures, other.Failures),
		Refused: max(c.Refused, other.Refused), Aside: max(c.Aside, other.Aside),
	}
}

// count is what a status tells of it.
func (s *RelayStatus) count() relayCount {
	return relayCount{Lines: s.Lines, Repeated: s.Repeated, GivenUp: s.GivenUp, Failures: s.Failures, Refused: s.Refused, Aside: s.Aside}
}

func (s *RelayStatus) setCount(c relayCount) {
	s.Lines, s.Repeated, s.GivenUp, s.Failures = c.Lines, c.Repeated, c.GivenUp, c.Failures
	s.Refused, s.Aside = c.Refused, c.Aside
}

// observe counts what was received at a time and accepted now.
func (l *Latency) observe(received, now time.Time) {
	if received.IsZero() {
		return
	}
	seconds := max(0, now.Sub(received).Seconds()) // the clock may have been stepped
	i := 0
	for i < len(LatencyBounds) && seconds > LatencyBounds[i] {
		i++
	}
	l.Counts[i]++
	l.Sum += seconds
}
