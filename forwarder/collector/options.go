package collector

import (
	"cmp"
	"io/fs"
	"slices"
	"time"

	"httpd-syslog/forwarder/collector/numbers"
	"httpd-syslog/forwarder/collector/pattern"
	"httpd-syslog/forwarder/collector/trail"
	"httpd-syslog/forwarder/idle"
)

// Options say what is collected, and where to.
type Options struct {
	Dir      string
	File     pattern.Pattern
	Mode     fs.FileMode
	Keep     time.Duration // of files whose day is over; 0: for ever
	Compress bool
	Streams  []string // whose lines should come; empty: all
	// Silence is how long a sender may be unheard of; 0: for ever. Hosts are those that must be there;
	// empty: whoever was heard, and has not ended in good order.
	Silence time.Duration
	Hosts   []string
	// Forwarders are senders that speak for others: the sender of their messages is the message's host.
	Forwarders []string
	Grace      time.Duration // for numbers that come late
	Seal       time.Duration // between the first byte that is not sealed and the seal; 0: there are none
	Sync       bool          // records survive a power failure; the deliverer sets it, too
	Limits     numbers.Limits
	Hop        trail.Hop // of this collector: messages that have it were sent on from here
	Timing     Timing
}

// Timing is how long the collector waits. The zero value is for production; tests shorten it.
type Timing struct {
	// Commit is the time between two records; 0: CommitEvery.
	Commit time.Duration
	// Tick is how long it waits between two attempts to write what cannot be written; 0: idle.Tick.
	Tick time.Duration
	// Nap is the longest time from the end of a step to the next one, when there are messages; 0: 20 ms.
	Nap time.Duration
	// Keep is the time between two looks through all files; 0: 1 h.
	Keep time.Duration
}

// CommitEvery is the time between two records.
const CommitEvery = 5 * time.Second

func (t Timing) commit() time.Duration { return cmp.Or(t.Commit, CommitEvery) }
func (t Timing) tick() time.Duration   { return cmp.Or(t.Tick, idle.Tick) }
func (t Timing) keep() time.Duration   { return cmp.Or(t.Keep, time.Hour) }

// napAfter is how long to wait behind a step that took so long. A single message is in its file at once; where many
// come, many are written at once, since each step has a price of its own: steps take one part in 25 of the time at
// most, until the nap is the longest.
func (t Timing) napAfter(took time.Duration) time.Duration {
	return min(24*took, cmp.Or(t.Nap, 20*time.Millisecond))
}

// Equal reports whether collectors of o and of p are the same.
func (o *Options) Equal(p *Options) bool {
	return o.Dir == p.Dir && o.File.String() == p.File.String() && o.Mode == p.Mode && o.Keep == p.Keep && o.Compress == p.Compress &&
		slices.Equal(o.Streams, p.Streams) && o.Silence == p.Silence && slices.Equal(o.Hosts, p.Hosts) &&
		slices.Equal(o.Forwarders, p.Forwarders) && o.Grace == p.Grace && o.Seal == p.Seal && o.Sync == p.Sync
}
