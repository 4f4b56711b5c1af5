package intake

import (
	"bytes"
	"cmp"
	"os"
	"time"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
)

// sealLines adds the frame b of lines to the ring, after a look for card numbers; behind b there is
// space for its padding.
func (r *reader) sealLines(b []byte, padding int) {
	r.watch.Lines(b[frame.HeaderSize:])
	n := bytes.Count(b[frame.HeaderSize:], newline)
	r.seal(b[:len(b)+padding], frame.Frame{Kind: frame.Lines, Severity: frame.StreamSeverity, First: r.number, Lines: n, Padding: padding})
	r.number += uint64(n)
}

// seal adds a frame to the ring.
func (r *reader) seal(b []byte, f frame.Frame) {
	f.Time, f.Dropped = time.Now(), r.lost
	f.Seal(b)
	r.addFrame(len(b))
}

// addFrame tells the ring of a frame, which has told of the lines that were dropped.
func (r *reader) addFrame(n int) {
	r.lost = 0
	r.added += int64(n)
	r.ring.Add(n)
}

var newline = []byte{'\n'}

// event adds a frame about the log itself, if the ring has space for it. keep is how many
// bytes of the frame being built stand at the ring's tail: its header's place, and the start
// of a line. event moves them behind the new frame, and returns keep as it was.
func (r *reader) event(keep int, e event.Event) int {
	text := e.String()
	n := frame.EventSize(text)
	space := r.ring.Space(keep, n)
	if space == nil {
		return keep
	}
	copy(space[n:], space[:keep])
	r.events++
	frame.AppendEvent(space[:0], frame.Frame{Severity: uint8(e.Kind.Severity), Time: time.Now(), First: r.events, Dropped: r.lost}, text)
	r.addFrame(n)
	return keep
}

// tellBegin adds the event that the intake has begun, behind its first lines: an intake that
// never gets a line, as Apache starts some, leaves no trace.
func (r *reader) tellBegin(keep int) int {
	if r.told {
		return keep
	}
	r.told = true
	return r.event(keep, event.IntakeBegin.With("stream", r.o.Stream, "pid", os.Getpid(), "writer", r.procID))
}

// tellNotices makes events of the notices that wait.
func (r *reader) tellNotices(keep int) int {
	for _, n := range r.o.Notices.unwritten() {
		keep = r.event(keep, n)
	}
	return keep
}

// tellEnd adds the event that the intake has ended.
func (r *reader) tellEnd() {
	const keep = frame.HeaderSize
	if r.told {
		r.ring.Wait(keep, readMin)
		r.tellNotices(keep)
		r.tellCuts(nil, keep)
		r.tellCards(keep, true)
		r.ring.Wait(keep, readMin)
		r.event(keep, r.end())
	}
}

// end is the event that the writer has ended.
func (r *reader) end() event.Event {
	return event.IntakeEnd.With("stream", r.o.Stream, "pid", os.Getpid(), "lines", r.lines(), "dropped", r.dropped, "cut", r.cutter.cuts,
		"writer", r.procID, "last", r.number-1)
}

// lines are those that were read, dropped ones included.
func (r *reader) lines() uint64 { return r.earlier + r.number - 1 }

// turn has another writer go on behind what the ring has, if the numbers are used up and the ring has space
// for the event that says so; else the next frames have higher numbers.
func (r *reader) turn(keep int) int {
	if r.number <= cmp.Or(r.o.MaxNumber, spool.MaxNumber) || r.store.turn.IsSet() || r.ring.Space(keep, frame.HeaderSize+event.MaxText) == nil {
		return keep
	}
	keep = r.event(keep, r.end())
	w := spool.NewWriter(r.store.options)
	r.store.turn.Set(r.added, w)
	r.earlier, r.procID = r.lines(), w.ID().ProcID()
	r.number, r.events, r.told = 1, 0, false
	return keep
}

// tellCuts tells which lines of the frame being built were cut, before them: whoever reads a line with a
// mark has read that it was cut. keep are the bytes of that frame; they stand in the space that is returned.
// Where the ring has no space the lines are told of later.
func (r *reader) tellCuts(space []byte, keep int) []byte {
	for _, i := range r.cutter.at {
		n := r.number + uint64(i)
		r.cuts = event.AddRange(r.cuts, event.Range{Writer: r.procID, First: n, Last: n})
	}
	const want = 2*(frame.HeaderSize+event.MaxText) + slack // for the begin, one event, and what follows the bytes
	if r.cutter.at = r.cutter.at[:0]; len(r.cuts) == 0 || r.ring.Space(keep, want) == nil {
		return space
	}
	r.tellBegin(keep)
	e := event.LinesCut.With("lines", event.Count(r.cuts), "stream", r.o.Stream, "max", r.o.MaxLine)
	e.Ranges = r.cuts
	first := e.Split()[0]
	r.event(keep, first)
	if r.cuts = r.cuts[len(first.Ranges):]; len(r.cuts) > 0 {
		space = r.ring.Space(keep, slack)
		return r.tellCuts(space, keep)
	}
	return r.ring.Space(keep, slack)
}

// tellDropped makes an event of what was dropped, if there is space for it, and returns the new keep.
func (r *reader) tellDropped(keep int) int {
	if r.untold == 0 {
		return keep
	}
	before := r.events
	keep = r.event(keep, event.LinesDropped.With("lines", r.untold, "stream", r.o.Stream, "max", r.o.MaxSpool, "memory", r.o.Memory))
	if r.events > before {
		r.untold = 0
	}
	return keep
}

// tellCards makes events of the card numbers that were found, of all of them or as far as they are
// due, and returns the new keep.
func (r *reader) tellCards(keep int, all bool) int {
	if !r.watch.HasNews() {
		return keep
	}
	r.watch.Tell(time.Now(), all, func(e event.Event) bool {
		before := r.events
		keep = r.event(keep, e)
		return r.events > before
	})
	return keep
}
