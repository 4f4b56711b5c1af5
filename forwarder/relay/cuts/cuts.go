// Package cuts keeps which of a relay's messages were cut, and how many have lost structured data, until an
// event tells of them. It is pure.
package cuts

import (
	"slices"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/syslogfmt"
)

// mostRanges is how many runs of messages are kept before they are to be told.
const mostRanges = 2000

// Cuts are what no event has told of. The zero value is that of a relay that has encoded nothing. Not for
// concurrent use.
type Cuts struct {
	enc     *syslogfmt.Encoder // nil: there was no session yet
	cut     uint64             // messages that enc has cut, as far as Has has seen it
	data    uint64             // messages that enc has taken structured data from, as far as that is in leftOut
	ranges  []event.Range      // numbers of messages that were cut
	leftOut uint64             // messages that have lost structured data
	writer  frame.WriterID     // of the line that was added last
	procID  string             // of that
}

// Begin has the next messages come from another encoder, which has encoded nothing yet.
func (c *Cuts) Begin(enc *syslogfmt.Encoder) {
	c.count()
	c.enc, c.cut, c.data = enc, 0, 0
}

// Has reports whether the encoder has cut a message since the last call.
func (c *Cuts) Has() bool {
	before := c.cut
	c.cut = c.enc.Cut()
	return c.cut != before
}

// AddLine adds a frame's line i, which was cut.
func (c *Cuts) AddLine(f *spool.Frame, i int) {
	if w := f.Head.File.Writer; w != c.writer || c.procID == "" {
		c.writer, c.procID = w, w.ProcID()
	}
	n := f.First + uint64(i)
	c.Add(event.Range{Writer: c.procID, First: n, Last: n, Audit: f.Kind == frame.Event})
}

// Add adds messages that were cut.
func (c *Cuts) Add(r event.Range) { c.ranges = event.AddRange(c.ranges, r) }

// IsFull reports whether there are so many that they are to be told now.
func (c *Cuts) IsFull() bool { return len(c.ranges) >= mostRanges }

// Take returns the events that tell of what has come since the last call, of a relay whose messages have at most
// longest bytes.
func (c *Cuts) Take(relay string, longest int) (all []event.Event) {
	for ranges := range slices.Chunk(c.ranges, event.RangesIn(longest)) {
		e := event.RelayCut.With("relay", relay, "messages", event.Count(ranges), "max", longest)
		e.Ranges = ranges
		all = append(all, e)
	}
	c.ranges = nil
	if c.count(); c.leftOut > 0 {
		all = append(all, event.RelayDataLeftOut.With("relay", relay, "messages", c.leftOut, "max", longest))
		c.leftOut = 0
	}
	return all
}

// count adds what the encoder has left out since the last call.
func (c *Cuts) count() {
	if c.enc != nil {
		c.leftOut += c.enc.LeftOut() - c.data
		c.data = c.enc.LeftOut()
	}
}
