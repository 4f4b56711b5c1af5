package numbers

import "slices"

// row is the row of a key; nil: there are too many.
func (s *Sender) row(key Row, now int64) *row {
	r := s.rows[key]
	if r == nil {
		if !s.hasRoom() && !s.forgetOne() {
			return nil
		}
		r = &row{seen: now}
		s.addRow(key, r)
		s.changeRow(key, r)
	}
	return r
}

// hasRoom reports whether the sender may have another row.
func (s *Sender) hasRoom() bool {
	n, l := len(s.rows), &s.book.limits
	return n < l.Rows && (n < ownRows || s.book.total.rows < l.AllRows)
}

// most is how many intervals a row may have.
func (b *Book) most() int {
	if b.total.intervals >= b.limits.AllIntervals {
		return min(ownIntervals, b.limits.Intervals)
	}
	return b.limits.Intervals
}

// addRow adds a row that is not there.
func (s *Sender) addRow(key Row, r *row) {
	s.rows[key] = r
	s.book.total.rows++
	s.book.total.intervals += r.size()
	s.counts.Missing += r.missing()
	if r.ended > 0 {
		s.ends = append(s.ends, key)
	}
}

// dropRow is the reverse of addRow, where the row is there.
func (s *Sender) dropRow(key Row) {
	if r := s.rows[key]; r != nil {
		s.uncount(r)
		delete(s.rows, key)
	}
}

func (s *Sender) uncount(r *row) {
	s.book.total.rows--
	s.book.total.intervals -= r.size()
	s.counts.Missing -= r.missing()
}

// resize takes what a row had more or less before.
func (s *Sender) resize(r *row, before int) { s.book.total.intervals += r.size() - before }

// end notes that a row has ended.
func (s *Sender) end(key Row, r *row, now int64) {
	if r.ended == 0 {
		if len(s.ends) > 2*len(s.rows)+ownRows {
			s.ends = slices.DeleteFunc(s.ends, func(key Row) bool { return !s.hasEnd(key) })
		}
		s.ends = append(s.ends, key)
	}
	r.ended = now
	s.changeRow(key, r)
}

func (s *Sender) hasEnd(key Row) bool {
	r := s.rows[key]
	return r != nil && r.ended > 0
}

// hasEnded reports whether a row has ended; the first of ends is one then.
func (s *Sender) hasEnded() bool {
	for len(s.ends) > 0 && !s.hasEnd(s.ends[0]) {
		s.ends = s.ends[1:]
	}
	return len(s.ends) > 0
}

// forgetOne makes room for a row: the one that has ended first goes.
func (s *Sender) forgetOne() bool {
	if !s.hasEnded() {
		return false
	}
	s.forgetRow(s.ends[0])
	return true
}

// forgetRow drops a row, for a later process as well.
func (s *Sender) forgetRow(key Row) {
	s.dropRow(key)
	s.changes.forgotten = append(s.changes.forgotten, key)
	s.change()
}

// change notes that something of the sender has changed.
func (s *Sender) change() {
	if !s.changes.is {
		s.changes.is = true
		s.book.changed = append(s.book.changed, s)
	}
}

// changeRow notes that something of a row has changed.
func (s *Sender) changeRow(key Row, r *row) {
	if !r.changed {
		r.changed = true
		s.changes.rows = append(s.changes.rows, key)
	}
	s.change()
}

// WantsWhole reports whether the next record must have all that is known: so much has changed since the last
// Recorded that it is not remembered any more.
func (b *Book) WantsWhole() bool {
	n := len(b.forgotten)
	for _, s := range b.changed {
		n += len(s.changes.rows) + len(s.changes.forgotten)
	}
	if n > b.total.rows+len(b.senders)+small {
		b.Recorded()
		b.whole = true
	}
	return b.whole
}

const small = 10_000
