package window

import (
	"time"

	"httpd-syslog/forwarder/cursor"
)

// Span is a run of messages that are given to a session together. Received is when the first of
// its lines came in that was not accepted before. The zero value is empty.
type Span struct {
	cursor.Span
	Lines   int
	Repeats int // of its lines, those that were accepted before

	from  uint64    // where it begins in the bytes given to all sessions
	end   uint64    // and where it ends
	begun time.Time // when its first part was accepted
	at    time.Time // when its last part was accepted
}

// IsRepeat reports whether all lines of the span were accepted before.
func (s *Span) IsRepeat() bool { return s.Lines > 0 && s.Repeats == s.Lines }

// IsEmpty reports whether the span touches no file.
func (s *Span) IsEmpty() bool { return len(s.Places) == 0 }

// Reset makes the span empty. It keeps its memory.
func (s *Span) Reset() { *s = Span{Span: cursor.Span{Places: s.Places[:0]}} }

// merge adds t, which follows s, to s.
func (s *Span) merge(t *Span) {
	s.end, s.at = t.end, t.at
	s.Lines += t.Lines
	s.Repeats += t.Repeats
	for _, p := range t.Places {
		s.Reach(p.File, p.Pos)
	}
}

// copy makes s equal to t, in the memory of s.
func (s *Span) copy(t *Span) {
	places := append(s.Places[:0], t.Places...)
	*s = *t
	s.Places = places
}
