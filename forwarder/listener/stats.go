package listener

import (
	"slices"
	"sync/atomic"

	"httpd-syslog/forwarder/trust"
)

// Stats count since Open.
type Stats struct {
	Messages  uint64            // taken over by the sink
	Malformed uint64            // of these: not quite in a known format; the good parts of their headers were kept
	Continued uint64            // of these: second lines, which went where the first line went
	Cut       uint64            // of these: too long, or broken off
	CutBytes  uint64            // bytes cut off these, as far as that is known
	Refused   map[string]uint64 // messages by Reason, without the reasons that have not occurred

	Connections    int    // open now
	MaxConnections int    // that may be open
	Closed         uint64 // connections closed as idle for too long, for another connection, or for announcing too long a message
	TurnedAway     uint64 // connections that there was no room for
	Untrusted      uint64 // connections without a handshake of TLS that ended well
}

// counts are the counters behind Stats.
type counts struct {
	messages, malformed, continued atomic.Uint64
	cut, cutBytes                  atomic.Uint64
	refused                        [len(reasons)]atomic.Uint64
	closed, turnedAway             atomic.Uint64

	oversized     atomic.Uint64 // of closed: connections that announced too long a message
	lastOversized atomic.Pointer[oversized]
	broken        faults                     // RELP sessions
	faults        [trust.Stranger + 1]faults // of clients without a handshake, by their kind

	refusedText atomic.Pointer[string] // the first message without a PRI since that was last told
}

// maxSample is how many bytes of a refused message are shown.
const maxSample = 100

// sample keeps the beginning of a message that is refused, to be shown.
func (c *counts) sample(raw []byte) {
	if c.refusedText.Load() == nil {
		text := string(raw[:min(len(raw), maxSample)])
		c.refusedText.Store(&text)
	}
}

// nextSample returns the sample, and makes place for another; empty: there is none, or the message
// was empty.
func (c *counts) nextSample() string {
	if text := c.refusedText.Swap(nil); text != nil {
		return *text
	}
	return ""
}

// oversized is an announcement of too long a message.
type oversized struct {
	bytes string // as announced
	max   int    // bytes that may be announced
	peer  string // its address; empty on a unix socket
}

func (c *counts) count(r Reason, whole bool, lost int) {
	if r != Taken {
		c.refuse(r)
		return
	}
	c.messages.Add(1)
	if !whole {
		c.malformed.Add(1)
	}
	if lost != 0 {
		c.cut.Add(1)
		c.cutBytes.Add(uint64(max(0, lost)))
	}
}

// CountCollected counts a message that was taken over as it came; see ServeRaw. lost is how many bytes were
// cut off it; -1: not known how many. Any goroutine may call it.
func (l *Listener) CountCollected(lost int) { l.counts.count(Taken, true, lost) }

func (c *counts) refuse(r Reason) {
	c.refused[max(0, slices.Index(reasons[:], r))].Add(1)
}

// Stats returns the counts. It may be called at any time.
func (l *Listener) Stats() Stats {
	c := &l.counts
	s := Stats{
		Messages: c.messages.Load(), Malformed: c.malformed.Load(), Continued: c.continued.Load(),
		Cut: c.cut.Load(), CutBytes: c.cutBytes.Load(), Refused: make(map[string]uint64),
		Closed: c.closed.Load(), TurnedAway: c.turnedAway.Load(),
	}
	for i := range c.faults {
		s.Untrusted += c.faults[i].number.Load()
	}
	if l.streams != nil {
		s.Connections, s.MaxConnections = l.conns.number()
	}
	for i, r := range reasons {
		if n := c.refused[i].Load(); n > 0 {
			s.Refused[string(r)] = n
		}
	}
	return s
}
