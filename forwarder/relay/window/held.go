package window

import (
	"time"

	"httpd-syslog/forwarder/spool"
)

// hold keeps an accepted span until it is safe. It merges spans until one covers a second, or a 64th
// of the bytes, so that there are few.
func (w *Window) hold(s *Span) {
	if !w.held.empty() && w.held.back().IsRepeat() == s.IsRepeat() {
		b := w.held.back()
		if s.at.Sub(b.begun) < time.Second && s.end-b.from < w.rewindBytes/64 {
			b.merge(s)
			return
		}
	}
	s.begun = s.at
	w.held.push(s)
}

// Age makes spans safe that were accepted longer than Rewind ago, or lie further back than
// RewindBytes. It reports whether there were any.
func (w *Window) Age(now time.Time) (aged bool) {
	for !w.held.empty() {
		s := w.held.front()
		if now.Sub(s.at) < w.rewind && !w.tooFarBack(s) {
			break
		}
		s.Apply(w.safe)
		w.held.pop()
		aged = true
	}
	return aged
}

// tooFarBack reports whether sending again from the beginning of s would take more than
// rewindBytes, with spans on their way. The span that was accepted last is held until rewindBytes
// were given behind its end: one Send may be more than rewindBytes.
func (w *Window) tooFarBack(s *Span) bool {
	return w.given-s.end >= w.rewindBytes || w.held.n > 1 && w.given-s.from > w.rewindBytes
}

// Settle makes all that is accepted safe: the session has ended in good order.
func (w *Window) Settle() {
	w.held.clear()
	w.safe = w.accepted.Clone()
}

// Rewind goes back to what is safe: the server may have lost what it had accepted. It
// returns how many lines will be accepted once more.
func (w *Window) Rewind() (again int) {
	w.had = nil // lines accepted lately count as not accepted
	for ; !w.held.empty(); w.held.pop() {
		again += w.held.front().Lines
	}
	w.Forget()
	if again > 0 {
		w.peak = w.accepted.Joined(w.peak)
	}
	w.accepted = w.safe.Clone()
	return again
}

// Resume goes on at a place that the server itself has told, which is no less than what is safe. All that is accepted
// from there back to safe is held, as if it had been accepted now. Nothing may be on its way.
func (w *Window) Resume(at spool.Positions, now time.Time) {
	furthest := w.accepted.Joined(w.had).Joined(w.peak)
	w.had, w.peak = nil, nil
	if !at.Cover(furthest) {
		w.peak = furthest
	}
	w.held.clear()
	s := Span{from: w.given, end: w.given, begun: now, at: now}
	for f, pos := range at {
		if w.safe[f].Before(pos) {
			s.Reach(f, pos)
		}
	}
	if !s.IsEmpty() {
		w.held.push(&s)
	}
	w.accepted = at.Clone()
}

// SecondChance is called after a server has read everything and ended the connection a short while
// after the last line. Spans of lines that the server had for less than rest are sent once more, but with
// enough not those that were sent twice already. All others are safe. It reports whether there is
// nothing to send again.
func (w *Window) SecondChance(now time.Time, rest time.Duration, enough bool) (nothing bool) {
	for ; !w.held.empty(); w.held.pop() {
		if s := w.held.front(); now.Sub(s.at) < rest && s.Lines > 0 && !(enough && s.IsRepeat()) {
			break
		}
		w.held.front().Apply(w.safe)
	}
	return w.held.empty()
}
