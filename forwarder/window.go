package forwarder

import (
	"time"

	"httpd-syslog/forwarder/spool"
)

// window is what a relay has on its way, in the order of sending: spans that were given
// to a session, spans that the server has accepted and may still lose, and what is safe.
// It knows no socket and no file. Not for concurrent use.
type window struct {
	rewind      time.Duration // what was accepted longer ago is safe
	rewindBytes uint64        // and so is what lies further back

	given    uint64    // bytes given to all sessions
	base     uint64    // of these, to those before the present one
	sent     spanQueue // given, not accepted
	held     spanQueue // accepted, not safe
	accepted spool.Positions
	safe     spool.Positions
	// had is what was accepted before the process died that sent it. It is sent again.
	had spool.Positions // replaced, never changed
	// peak is what was ever accepted, where that is more than accepted: what lies before it
	// is sent again. nil: nothing is.
	peak spool.Positions
}

// newWindow begins at the positions of a record.
func newWindow(o *RelayOptions, c cursorRecord) window {
	w := window{rewind: o.Rewind, rewindBytes: uint64(o.RewindBytes), accepted: c.Accepted.Clone()}
	if !c.Clean {
		w.accepted, w.had = c.Safe.Clone(), c.reached()
		w.peak = joined(w.had, c.Peak)
	}
	w.safe = w.accepted.Clone()
	if !c.Clean && c.Doubt.inTrials() {
		w.accepted = c.Accepted.Clone()
	}
	return w
}

// begin is for a new session, which has been given nothing.
func (w *window) begin() {
	w.base = w.given
	w.sent.clear()
}

// drop forgets what was given and is not accepted.
func (w *window) drop() { w.sent.clear() }

// pad notes bytes that are given to the session out of turn.
func (w *window) pad(bytes int) { w.given += uint64(bytes) }

// session is how many bytes the session was given in all.
func (w *window) session() uint64 { return w.given - w.base }

// lines is how many were given and are not accepted.
func (w *window) lines() (n int) {
	for i := range w.sent.n {
		n += w.sent.ring[(w.sent.first+i)%len(w.sent.ring)].lines
	}
	return n
}

// front is up to where everything was given.
func (w *window) front() spool.Positions {
	all := w.accepted.Clone()
	for i := range w.sent.n {
		w.sent.ring[(w.sent.first+i)%len(w.sent.ring)].apply(all)
	}
	return all
}

// give notes a span of so many bytes as given to the session.
func (w *window) give(s *span, bytes int) {
	s.from = w.given
	w.given += uint64(bytes)
	s.end = w.given
	w.sent.push(s)
}

// accept takes the oldest span that was given as accepted, if it ends within the session's
// first n bytes; nil: it does not. keep: the server can still lose it. The span is valid until
// the next call.
func (w *window) accept(n uint64, now time.Time, keep bool) *span {
	if w.sent.empty() || w.sent.front().end-w.base > n {
		return nil
	}
	s := w.sent.front()
	w.sent.pop()
	s.at = now
	s.apply(w.accepted)
	if keep {
		w.hold(s)
	} else {
		s.apply(w.safe)
	}
	if w.peak != nil && w.covers(w.peak) {
		w.peak = nil
	}
	return s
}

// hold keeps an accepted span until it is safe. Spans are put together to some
// that cover a second, or a 64th of the bytes, so that there are few.
func (w *window) hold(s *span) {
	if !w.held.empty() && w.held.back().isRepeat() == s.isRepeat() {
		b := w.held.back()
		if s.at.Sub(b.begun) < time.Second && s.end-b.from < w.rewindBytes/64 {
			b.merge(s)
			return
		}
	}
	s.begun = s.at
	w.held.push(s)
}

// age makes safe what was accepted long enough ago, or too far back. It reports whether
// anything was.
func (w *window) age(now time.Time) (aged bool) {
	for !w.held.empty() {
		s := w.held.front()
		if now.Sub(s.at) < w.rewind && !w.tooFarBack(s) {
			break
		}
		s.apply(w.safe)
		w.held.pop()
		aged = true
	}
	return aged
}

// tooFarBack reports whether sending again from before s would be more than
// rewindBytes, with what is on its way. What was accepted last is kept until there is
// as much behind it: one Send may be more than rewindBytes.
func (w *window) tooFarBack(s *span) bool {
	return w.given-s.end >= w.rewindBytes || w.held.n > 1 && w.given-s.from > w.rewindBytes
}

// settle makes all that is accepted safe.
func (w *window) settle() {
	w.held.clear()
	w.safe = w.accepted.Clone()
}

// goBack goes back to what is safe: the server may have lost what it had accepted. It
// returns how many lines will be accepted once more.
func (w *window) goBack() (again int) {
	w.had = nil // what was accepted lately does not count
	for ; !w.held.empty(); w.held.pop() {
		again += w.held.front().lines
	}
	w.drop()
	if again > 0 {
		w.peak = joined(w.accepted, w.peak)
	}
	w.accepted = w.safe.Clone()
	return again
}

// secondChance is for a server that has read everything and ended the connection, a short while
// after the last line came. What it had for less than rest it gets once more, but not what came
// twice already, if enough says so; the rest is safe. It reports whether there is nothing to send
// again.
func (w *window) secondChance(now time.Time, rest time.Duration, enough bool) (nothing bool) {
	for ; !w.held.empty(); w.held.pop() {
		if s := w.held.front(); now.Sub(s.at) < rest && !(enough && s.isRepeat()) {
			break
		}
		w.held.front().apply(w.safe)
	}
	return w.held.empty()
}

// repeated is how many of a frame's first lines were accepted before.
func (w *window) repeated(f *spool.Frame) int {
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

// prune drops the files that are gone.
func (w *window) prune(c *spool.Catalog) {
	c.Prune(w.accepted)
	c.Prune(w.safe)
	if c.Prune(w.peak); len(w.peak) == 0 {
		w.peak = nil
	}
}

// covers reports whether all up to the positions is accepted.
func (w *window) covers(all spool.Positions) bool {
	for f, pos := range all {
		if w.accepted[f].Before(pos) {
			return false
		}
	}
	return true
}

// passed reports whether all up to the positions is safe.
func (w *window) passed(all spool.Positions) bool {
	for f, pos := range all {
		if w.safe[f].Before(pos) {
			return false
		}
	}
	return true
}

// skip passes over a file's content up to a position.
func (w *window) skip(f spool.FileID, end spool.Position) {
	w.accepted[f], w.safe[f] = end, end
}

// joined is the further of two positions in each file.
func joined(a, b spool.Positions) spool.Positions {
	all := a.Clone()
	for f, pos := range b {
		if all[f].Before(pos) {
			all[f] = pos
		}
	}
	return all
}
