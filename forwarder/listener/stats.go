package listener

import (
	"fmt"
	"slices"
	"strconv"
	"sync/atomic"
)

// Stats count since Open.
type Stats struct {
	Messages  uint64            // taken over by the sink
	Malformed uint64            // of these: not quite as the formats are; what was good of their headers was kept
	Continued uint64            // of these: second lines, which went where the first did
	Cut       uint64            // of these: longer than they may be, or broken off
	CutBytes  uint64            // what was cut off them, as far as that is known
	Refused   map[string]uint64 // messages by Reason; only those that there were

	Connections    int    // open now
	MaxConnections int    // that may be open
	Closed         uint64 // connections that were idle for too long, were to make room, or announced too long a message
	TurnedAway     uint64 // connections that there was no room for
}

// counts are Stats as they are counted.
type counts struct {
	messages, malformed, continued atomic.Uint64
	cut, cutBytes                  atomic.Uint64
	refused                        [len(reasons)]atomic.Uint64
	closed, turnedAway             atomic.Uint64

	oversized     atomic.Uint64 // of closed: connections that announced too long a message
	lastOversized atomic.Pointer[oversized]

	refusedText atomic.Pointer[string] // the first message without a PRI since the last report
}

// maxSample is how many bytes of a refused message are shown.
const maxSample = 100

// sample keeps the beginning of a message that is refused, to be shown.
func (c *counts) sample(raw []byte) {
	if c.refusedText.Load() == nil {
		text := strconv.QuoteToASCII(string(raw[:min(len(raw), maxSample)]))
		c.refusedText.Store(&text)
	}
}

// takeSample returns what is to be shown, in words; the next one will be another.
func (c *counts) takeSample() string {
	if text := c.refusedText.Swap(nil); text != nil {
		return " (one began with " + *text + ")"
	}
	return ""
}

// oversized is an announcement of too long a message.
type oversized struct {
	bytes string // as announced
	max   int    // bytes that may be announced
	peer  string // its address; empty on a unix socket
}

func (o *oversized) String() string {
	text := fmt.Sprintf("connections closed that announced a message of more than %d bytes (the last: %s bytes", o.max, o.bytes)
	if o.peer != "" {
		text += ", from " + o.peer
	}
	return text + "); what they sent behind it is lost"
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
