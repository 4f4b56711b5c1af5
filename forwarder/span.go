package forwarder

import (
	"time"

	"httpd-syslog/forwarder/spool"
)

// span is a run of messages of one session: how many bytes of the session end
// with it, and where each spool file it touches stands then.
type span struct {
	from   uint64 // where it begins in the bytes of the session
	end    uint64 // and where it ends
	begun  time.Time
	at     time.Time // when it was accepted
	lines  int
	places []place
	next   int // of places, the one that is looked at first: many writers mostly come in turn

	repeats  int       // of its lines, those that were accepted before
	received time.Time // when the first of the others came in; zero: there is none
}

type place struct {
	file spool.FileID
	pos  spool.Position
}

// reach notes that the file is done up to pos.
func (s *span) reach(file spool.FileID, pos spool.Position) {
	for n := range s.places {
		i := s.next + n
		if i >= len(s.places) {
			i -= len(s.places)
		}
		if s.places[i].file == file {
			s.places[i].pos = pos
			if s.next = i + 1; s.next == len(s.places) {
				s.next = 0
			}
			return
		}
	}
	s.places = append(s.places, place{file, pos})
}

func (s *span) apply(to spool.Positions) {
	for _, p := range s.places {
		to[p.file] = p.pos
	}
}

// merge adds t, which follows s, to s.
func (s *span) merge(t *span) {
	s.end, s.at = t.end, t.at
	s.lines += t.lines
	s.repeats += t.repeats
	for _, p := range t.places {
		s.reach(p.file, p.pos)
	}
}

// isRepeat reports whether all its lines were accepted before.
func (s *span) isRepeat() bool { return s.lines > 0 && s.repeats == s.lines }

func (s *span) reset() { *s = span{places: s.places[:0]} }

// spanQueue is a first-in-first-out queue of spans that keeps their memory.
type spanQueue struct {
	ring  []span
	first int
	n     int
}

func (q *spanQueue) empty() bool { return q.n == 0 }

func (q *spanQueue) front() *span { return &q.ring[q.first] }

func (q *spanQueue) back() *span { return &q.ring[(q.first+q.n-1)%len(q.ring)] }

// push appends a copy of s.
func (q *spanQueue) push(s *span) {
	if q.n == len(q.ring) {
		q.grow()
	}
	q.n++
	b := q.back()
	places := append(b.places[:0], s.places...)
	*b = *s
	b.places = places
}

func (q *spanQueue) pop() {
	q.first = (q.first + 1) % len(q.ring)
	q.n--
}

func (q *spanQueue) clear() { q.first, q.n = 0, 0 }

func (q *spanQueue) grow() {
	ring := make([]span, max(16, 2*len(q.ring)))
	for i := range q.n {
		ring[i] = q.ring[(q.first+i)%len(q.ring)]
	}
	q.ring, q.first = ring, 0
}
