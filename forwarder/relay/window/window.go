package window

import (
	"time"

	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
)

// Options bound what is sent again after a break.
type Options struct {
	Rewind      time.Duration // lines that were accepted longer ago are safe
	RewindBytes int64         // lines further back than so many bytes are safe, too
}

// Start is where a window begins: what the record of an earlier process says.
type Start struct {
	Accepted spool.Positions
	Safe     spool.Positions
	Had      spool.Positions // what the server had accepted before an earlier process died; see Window.Had
	Peak     spool.Positions // see Window.Peak
	Clean    bool            // that process ended in good order: all that was accepted is safe
	GoesOn   bool            // sending goes on at Accepted, though the earlier process did not end in good order
}

// Window is what a relay has on its way. Not for concurrent use.
type Window struct {
	rewind      time.Duration
	rewindBytes uint64

	given    uint64 // bytes given to all sessions
	base     uint64 // of these, bytes given to sessions before the present one
	sent     queue  // given, not accepted
	held     queue  // accepted, not safe
	accepted spool.Positions
	safe     spool.Positions
	had      spool.Positions // replaced, never changed
	peak     spool.Positions // nil: nothing is sent again
}

// New returns a window that begins at a start, with nothing on its way.
func New(o Options, s Start) Window {
	w := Window{rewind: o.Rewind, rewindBytes: uint64(o.RewindBytes), accepted: s.Accepted.Clone()}
	if !s.Clean {
		w.accepted, w.had = s.Safe.Clone(), s.Accepted.Joined(s.Had)
		w.peak = w.had.Joined(s.Peak)
	}
	w.safe = w.accepted.Clone()
	if !s.Clean && s.GoesOn {
		w.accepted = s.Accepted.Clone()
	}
	return w
}

// Accepted is up to where everything is accepted. The caller must not change the map, which is
// valid until the window changes. The same holds for Safe, Had and Peak.
func (w *Window) Accepted() spool.Positions { return w.accepted }

// Safe is where sending begins again after a break.
func (w *Window) Safe() spool.Positions { return w.safe }

// Had is up to where a server had accepted lines that an earlier process sent before it died. They
// are sent again. The window never changes the map, but replaces it.
func (w *Window) Had() spool.Positions { return w.had }

// Peak is up to where lines were ever accepted, where that is further than Accepted: lines between
// the two are repeats. nil: there are none.
func (w *Window) Peak() spool.Positions { return w.peak }

// AllAccepted reports whether everything that was given is accepted.
func (w *Window) AllAccepted() bool { return w.sent.empty() }

// AllSafe reports whether everything that was accepted is safe.
func (w *Window) AllSafe() bool { return w.held.empty() }

// Given is how many bytes the present session was given in all.
func (w *Window) Given() uint64 { return w.given - w.base }

// Lines is how many lines were given and are not accepted.
func (w *Window) Lines() (n int) {
	for s := range w.sent.all() {
		n += s.Lines
	}
	return n
}

// Sent is up to where spans go that were given and are not accepted.
func (w *Window) Sent() spool.Positions {
	sent := spool.Positions{}
	for s := range w.sent.all() {
		s.Apply(sent)
	}
	return sent
}

// Front is up to where everything was given.
func (w *Window) Front() spool.Positions {
	all := w.accepted.Clone()
	for s := range w.sent.all() {
		s.Apply(all)
	}
	return all
}

// Repeated is how many of a frame's first lines were accepted before.
func (w *Window) Repeated(f *spool.Frame) int {
	if w.peak == nil {
		return 0
	}
	switch p := w.peak[f.File.ID]; {
	case f.End <= p.Offset:
		return f.Lines
	case f.Start.Offset == p.Offset:
		return p.Lines
	}
	return 0
}

// Begin notes that a new session has begun.
func (w *Window) Begin() {
	w.base = w.given
	w.sent.clear()
}

// Forget forgets spans that were given and are not accepted: they are read again.
func (w *Window) Forget() { w.sent.clear() }

// Pad notes bytes that are given to the session out of turn.
func (w *Window) Pad(bytes int) { w.given += uint64(bytes) }

// Give notes a span of so many bytes as given to the session.
func (w *Window) Give(s *Span, bytes int) {
	s.from = w.given
	w.given += uint64(bytes)
	s.end = w.given
	w.sent.push(s)
}

// Accept notes that the oldest span on its way is accepted, if it ends within the session's first n
// bytes, and returns the span, which is valid until the next call; nil: it does not. keep: the server
// can still lose the span, so that it is held before it is safe.
func (w *Window) Accept(n uint64, now time.Time, keep bool) *Span {
	if w.sent.empty() || w.sent.front().end-w.base > n {
		return nil
	}
	s := w.sent.front()
	w.sent.pop()
	s.at = now
	s.Apply(w.accepted)
	if keep {
		w.hold(s)
	} else {
		s.Apply(w.safe)
	}
	if w.peak != nil && w.accepted.Cover(w.peak) {
		w.peak = nil
	}
	return s
}

// Skip passes over a file's content up to a position.
func (w *Window) Skip(f frame.FileID, end spool.Position) {
	w.accepted[f], w.safe[f] = end, end
}

// Prune drops the files that are gone.
func (w *Window) Prune(c *spool.Catalog) {
	c.Prune(w.accepted)
	c.Prune(w.safe)
	if c.Prune(w.peak); len(w.peak) == 0 {
		w.peak = nil
	}
}
