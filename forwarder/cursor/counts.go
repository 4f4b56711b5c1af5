package cursor

import "maps"

// StreamCount is what has become of a stream's lines at the local log, since its state
// directory was made. It is committed with the position that it belongs to.
type StreamCount struct {
	Lines   uint64 `json:"lines,omitempty"` // written
	Bytes   uint64 `json:"bytes,omitempty"` // of these
	LeftOut uint64 `json:"left_out,omitempty"`
	// LeftOutBytes are the bytes of these.
	LeftOutBytes uint64 `json:"left_out_bytes,omitempty"`
	Dropped      uint64 `json:"dropped,omitempty"` // before they came into the spool
	// Stored and Truncated are the card numbers that its writers have told of: in clear, or not.
	Stored    CardCounts `json:"cards_stored,omitempty"`
	Truncated CardCounts `json:"cards_truncated,omitempty"`
}

// CardCounts are numbers of card numbers, by network. A value never changes.
type CardCounts map[string]uint64

// Plus is the sum of c and d.
func (c CardCounts) Plus(d CardCounts) CardCounts {
	if len(d) == 0 {
		return c
	}
	sum := make(CardCounts, len(c))
	maps.Copy(sum, c)
	for network, n := range d {
		sum[network] += n
	}
	return sum
}

// StreamCounts are the counts of all streams, by name.
type StreamCounts map[string]StreamCount

// Add adds to the count of a stream. Sums may wrap around, and come right again.
func (c StreamCounts) Add(stream string, n StreamCount) {
	s := c[stream]
	s.Lines += n.Lines
	s.Bytes += n.Bytes
	s.LeftOut += n.LeftOut
	s.LeftOutBytes += n.LeftOutBytes
	s.Dropped += n.Dropped
	s.Stored, s.Truncated = s.Stored.Plus(n.Stored), s.Truncated.Plus(n.Truncated)
	c[stream] = s
}

// Absorb adds the counts of other to c, and clears other.
func (c StreamCounts) Absorb(other StreamCounts) {
	for stream, n := range other {
		c.Add(stream, n)
	}
	clear(other)
}

// Clone returns a copy, never nil.
func (c StreamCounts) Clone() StreamCounts {
	if c == nil {
		return make(StreamCounts)
	}
	return maps.Clone(c)
}

// Lines is how many lines of all streams were written.
func (c StreamCounts) Lines() (n uint64) {
	for _, s := range c {
		n += s.Lines
	}
	return n
}

// RelayCount is what a relay has done since it was added.
type RelayCount struct {
	Lines    uint64 `json:"lines"` // accepted, repeated ones included
	Repeated uint64 `json:"repeated"`
	GivenUp  uint64 `json:"given_up"`
	Failures uint64 `json:"failures"`          // connections that failed or broke
	Refused  uint64 `json:"refused,omitempty"` // messages that a server did not take
	Aside    uint64 `json:"aside,omitempty"`   // of these, those that were set aside
}

// AtLeast is the greater of c and other, field by field.
func (c RelayCount) AtLeast(other RelayCount) RelayCount {
	return RelayCount{
		Lines: max(c.Lines, other.Lines), Repeated: max(c.Repeated, other.Repeated),
		GivenUp: max(c.GivenUp, other.GivenUp), Failures: max(c.Failures, other.Failures),
		Refused: max(c.Refused, other.Refused), Aside: max(c.Aside, other.Aside),
	}
}
