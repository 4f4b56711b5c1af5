package cursor

import (
	"time"

	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
)

// Span is a run of lines that were read: where each spool file that they are from stands behind
// them. The zero value is ready. Not for concurrent use.
type Span struct {
	Places   []Place
	Received time.Time // when the first of its lines came in; zero: there is none

	next int // of Places, the one that is looked at first: many writers mostly come in turn
}

// Place is a position in a spool file.
type Place struct {
	File frame.FileID
	Pos  spool.Position
}

// Reach notes that the file is done up to pos.
func (s *Span) Reach(file frame.FileID, pos spool.Position) {
	for n := range s.Places {
		i := s.next + n
		if i >= len(s.Places) {
			i -= len(s.Places)
		}
		if s.Places[i].File == file {
			s.Places[i].Pos = pos
			if s.next = i + 1; s.next == len(s.Places) {
				s.next = 0
			}
			return
		}
	}
	s.Places = append(s.Places, Place{file, pos})
}

// Apply moves positions to where the span ends.
func (s *Span) Apply(to spool.Positions) {
	for _, p := range s.Places {
		to[p.File] = p.Pos
	}
}

// Reset makes it an empty span, and keeps its memory.
func (s *Span) Reset() { *s = Span{Places: s.Places[:0]} }
