package transport

import "time"

// sent is how many bytes had been sent at a time.
type sent struct {
	end uint64
	at  time.Time
}

// sentQueue has the entries of what was sent, the oldest first. It keeps its memory.
type sentQueue struct {
	all  []sent
	done int // of all: those that were popped
}

func (q *sentQueue) empty() bool { return q.done == len(q.all) }

func (q *sentQueue) front() sent { return q.all[q.done] }

func (q *sentQueue) pop() { q.done++ }

func (q *sentQueue) push(s sent) {
	if 2*q.done >= len(q.all) { // so that each is moved once, about
		q.all, q.done = q.all[:copy(q.all, q.all[q.done:])], 0
	}
	q.all = append(q.all, s)
}
