// Package whole cuts frames of messages that a collector has taken in into lines for a relay: they go on with
// the headers and the numbers that their senders gave them, and with a trail, by which they go to no collector twice.
// It is pure.
package whole

import (
	"bytes"
	"fmt"
	"slices"

	"httpd-syslog/forwarder/collector/render"
	"httpd-syslog/forwarder/collector/trail"
	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/stream"
	"httpd-syslog/forwarder/verify/central"
)

// Cutter cuts frames into lines. The zero value is that of a relay that sends none. Not for concurrent use.
type Cutter struct {
	take     bool
	own      trail.Hop
	renderer *render.Renderer
	from     frame.Sender // of the last message
	line     []byte       // scratch: that, with its trail
	trail    int          // bytes that it has for that
}

// New returns a cutter of a relay; take says whether that sends such messages at all, own is the collector's hop.
func New(take bool, own trail.Hop) Cutter {
	return Cutter{take: take, own: own, renderer: render.New()}
}

// Takes reports whether the relay sends what is in a file of the spool, but for its streams.
func (c *Cutter) Takes(f *spool.File) bool { return c.take || !f.HasMessages() }

// Known are the files of the spool that the relay reads.
func (c *Cutter) Known(streams *stream.Table) func(*frame.FileHeader) bool {
	take := c.take
	return func(h *frame.FileHeader) bool { return h.Messages && take || !h.Messages && streams.Known(h) }
}

// Cut cuts the first message off what is left of a frame, as a line without its LF, which is valid until the
// next call. is says whether it is to be sent: its stream is what MSGID says, and of none all are wanted; the
// part of a numbered message comes whole again; and one that has gone on from here before, or too often, does not
// again.
func (c *Cutter) Cut(f *spool.Frame, text []byte, streams []string) (line, rest []byte, is bool) {
	m, rest, ok := frame.CutMessage(text)
	if !ok || len(m.Bytes) == 0 {
		return nil, rest, false
	}
	c.from, _ = frame.ParseSender(f.Origin)
	c.renderer.Render(m, &c.from, f.Time)
	is = len(streams) == 0 || slices.ContainsFunc(streams, func(s string) bool { return s == string(c.renderer.Stream) })
	line, r := bytes.TrimSuffix(c.renderer.Line, newline), c.renderer
	is = is && !r.IsPart(m) && !r.Trail.Has(c.own) && !r.Trail.IsFull()
	if c.trail = 0; is && r.DataEnd > 0 {
		c.line = r.Trail.Append(c.line[:0], line, r.DataEnd, c.own)
		c.trail = len(c.line) - len(line)
		line = c.line
	}
	return line, rest, is
}

// TrailSize is how many bytes the last line has for its trail: they are none of the message's.
func (c *Cutter) TrailSize() int { return c.trail }

var newline = []byte{'\n'}

// Number is the last message's number, as a range of one; ok is false where it has none.
func (c *Cutter) Number() (one event.Range, ok bool) {
	m := c.renderer
	if m.Form != central.Numbered {
		return event.Range{}, false
	}
	return event.Range{Writer: fmt.Sprintf("%016x", m.Row.Writer), First: m.Number, Last: m.Number, Audit: m.Row.Audit}, true
}
