package status

import (
	"cmp"
	"slices"
	"time"
)

// Collect is how a collector is doing.
type Collect struct {
	Dir     string    `json:"dir"`
	Error   string    `json:"error,omitempty"` // why messages cannot be written; empty: they can
	Since   time.Time `json:"since,omitzero"`  // of Error
	Backlog Backlog   `json:"backlog"`         // messages that wait in the spool
	// Elsewhere is how many files cannot be written, whose lines go to others that stand in for them;
	// ElsewhereCause is why, of one of them.
	Elsewhere      int    `json:"files_elsewhere,omitempty"`
	ElsewhereCause string `json:"files_elsewhere_cause,omitempty"`

	Seals *CollectSeals `json:"seals,omitempty"` // nil: none are made

	Known  int `json:"known"`  // senders
	Silent int `json:"silent"` // of these: unheard of for too long
	// Returned are messages that came back from where the collector had sent them, since it has begun: servers relay to each other.
	Returned uint64 `json:"returned,omitempty"`
	SenderCounts
	// Senders are those with most that is wrong, the worst first, MostSenders at most.
	Senders []Sender `json:"senders,omitempty"`
}

// MostSenders is how many senders a status has.
const MostSenders = 200

// Sender is one that sends to a collector.
type Sender struct {
	Name   string        `json:"name"`
	Last   time.Time     `json:"last,omitzero"`       // a message came last
	Delay  time.Duration `json:"delay"`               // of that one, by its own time
	Rate   float64       `json:"messages_per_second"` // in the last whole minute
	Silent bool          `json:"silent,omitempty"`
	SenderCounts
}

// SenderCounts are messages, or numbers, since the sender is known.
type SenderCounts struct {
	Messages  uint64 `json:"messages"` // written
	Repeated  uint64 `json:"repeated"` // not written, since the line was there
	Altered   uint64 `json:"altered"`  // written, though their number was known
	Uncounted uint64 `json:"uncounted"`
	Missing   uint64 `json:"missing"` // numbers that are missing now
	Late      uint64 `json:"late"`    // that were missing, and have come
	Lost      uint64 `json:"lost"`    // that events have explained
}

// CollectSeals is how far the seals of a collector's files are.
type CollectSeals struct {
	Chain string    `json:"chain"`          // empty: there is none yet
	N     uint64    `json:"n"`              // the last one
	At    time.Time `json:"at,omitzero"`    // when that was made; zero: there is none, or a former version has made it
	Since time.Time `json:"since,omitzero"` // something was first there that is not sealed; zero: all is
	Files int       `json:"unsealed_files"` // that have something that is not sealed
	Bytes int64     `json:"unsealed_bytes"` // of these

	Every time.Duration `json:"every"` // so long after it was written something is sealed
}

// Age is for how long something has waited for its seal.
func (s *CollectSeals) Age(now time.Time) time.Duration { return waited(s.Since, now) }

// Add adds a sender.
func (c *Collect) Add(s Sender) {
	c.Known++
	if s.Silent {
		c.Silent++
	}
	c.Messages += s.Messages
	c.Repeated += s.Repeated
	c.Altered += s.Altered
	c.Uncounted += s.Uncounted
	c.Missing += s.Missing
	c.Late += s.Late
	c.Lost += s.Lost
	c.Senders = append(c.Senders, s)
	if len(c.Senders) >= 2*MostSenders {
		c.Shorten()
	}
}

// Shorten leaves the worst senders, in order.
func (c *Collect) Shorten() {
	slices.SortStableFunc(c.Senders, Worse)
	c.Senders = c.Senders[:min(len(c.Senders), MostSenders)]
}

// Worse orders senders by what is wrong with them: the worst come first.
func Worse(a, b Sender) int {
	return cmp.Or(cmp.Compare(b.Missing, a.Missing), -compareBools(a.Silent, b.Silent), cmp.Compare(b.Altered, a.Altered),
		cmp.Compare(b.Delay, a.Delay), cmp.Compare(a.Name, b.Name))
}

func compareBools(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}
