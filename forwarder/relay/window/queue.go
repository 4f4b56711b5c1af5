package window

import "iter"

// queue has spans, the oldest first. It keeps their memory.
type queue struct {
	ring  []Span
	first int
	n     int
}

func (q *queue) empty() bool { return q.n == 0 }

func (q *queue) front() *Span { return &q.ring[q.first] }

func (q *queue) back() *Span { return &q.ring[(q.first+q.n-1)%len(q.ring)] }

// all are the spans, the oldest first.
func (q *queue) all() iter.Seq[*Span] {
	return func(yield func(*Span) bool) {
		for i := range q.n {
			if !yield(&q.ring[(q.first+i)%len(q.ring)]) {
				return
			}
		}
	}
}

// push appends a copy of s.
func (q *queue) push(s *Span) {
	if q.n == len(q.ring) {
		q.grow()
	}
	q.n++
	q.back().copy(s)
}

func (q *queue) pop() {
	q.first = (q.first + 1) % len(q.ring)
	q.n--
}

func (q *queue) clear() { q.first, q.n = 0, 0 }

func (q *queue) grow() {
	ring := make([]Span, max(16, 2*len(q.ring)))
	for i := range q.n {
		ring[i] = q.ring[(q.first+i)%len(q.ring)]
	}
	q.ring, q.first = ring, 0
}
