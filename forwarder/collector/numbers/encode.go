package numbers

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"httpd-syslog/forwarder/collector/varint"
)

// format is the version of what Append writes.
const format = 2

// Append appends all that a later process must know, without options; or, unless whole, what of it has changed
// since the last Recorded. It is some 20 bytes for each row without holes.
func (b *Book) Append(dst []byte, whole bool) []byte {
	w := encoder{varint.Encoder{B: dst}, whole}
	w.Uint(format)
	w.Bool(whole)
	w.Bool(b.full)
	if whole {
		w.Uint(0)
		w.Uint(uint64(len(b.senders)))
		for _, s := range b.senders {
			w.sender(s)
		}
		return w.B
	}
	w.Uint(uint64(len(b.forgotten)))
	for _, name := range b.forgotten {
		w.Text(name)
	}
	w.Uint(uint64(len(b.changed)))
	for _, s := range b.changed {
		w.sender(s)
	}
	return w.B
}

// HasChanged reports whether anything has changed since the last Recorded.
func (b *Book) HasChanged() bool { return b.whole || len(b.changed)+len(b.forgotten) > 0 }

// Recorded tells that what Append has appended will be read by a later process.
func (b *Book) Recorded() {
	for _, s := range b.changed {
		for _, key := range s.changes.rows {
			if r := s.rows[key]; r != nil {
				r.changed = false
			}
		}
		s.changes.is, s.changes.rows, s.changes.forgotten = false, s.changes.rows[:0], s.changes.forgotten[:0]
	}
	clear(b.changed)
	b.changed, b.forgotten, b.whole = b.changed[:0], b.forgotten[:0], false
}

// encoder appends values as Append has them.
type encoder struct {
	varint.Encoder
	whole bool
}

func (w *encoder) sender(s *Sender) {
	w.Text(s.Name)
	for _, n := range s.counts.numbers() {
		w.Uint(*n)
	}
	w.Time(s.counts.First)
	w.Time(s.counts.Last)
	w.Int(int64(s.counts.Delay))
	w.Bool(s.full)
	w.Bool(s.ended)
	w.Uint(s.endedBy)
	w.Bool(s.told)
	if w.whole {
		w.Uint(0)
		w.Uint(uint64(len(s.rows)))
		for key, r := range s.rows {
			w.row(key, r)
		}
		return
	}
	w.Uint(uint64(len(s.changes.forgotten)))
	for _, key := range s.changes.forgotten {
		w.key(key)
	}
	n := 0
	for _, key := range s.changes.rows {
		if s.rows[key] != nil {
			n++
		}
	}
	w.Uint(uint64(n))
	for _, key := range s.changes.rows {
		if r := s.rows[key]; r != nil {
			w.row(key, r)
		}
	}
}

// numbers are those of the counts that are kept: Missing is counted anew.
func (c *Counts) numbers() []*uint64 {
	return []*uint64{&c.Messages, &c.Repeated, &c.Altered, &c.Uncounted, &c.Late, &c.Lost, &c.Minute}
}

func (w *encoder) key(key Row) {
	w.Uint(key.Writer)
	w.Bool(key.Audit)
}

func (w *encoder) row(key Row, r *row) {
	w.key(key)
	w.Bool(r.begun)
	w.Int(r.seen)
	w.Int(r.ended)
	w.Uint(r.top)
	w.Bool(r.full)
	w.Bool(r.altered)
	w.Uint(uint64(len(r.spans)))
	at := uint64(0)
	for _, s := range r.spans {
		w.Uint(s.first - at)
		w.Uint(s.last - s.first)
		w.Bool(s.lost)
		at = s.last
	}
	w.Uint(uint64(len(r.holes)))
	at = 0
	for _, h := range r.holes {
		w.Uint(h.first - at)
		w.Uint(h.last - h.first)
		w.Int(h.since)
		w.Bool(h.told)
		at = h.last
	}
}

// ErrFormat: what was to be read is not what Append writes.
var ErrFormat = errors.New("the numbers of a collector's senders cannot be read")

// Load is the reverse of Append: of one that is whole, and then of those with changes, in order. now is when
// the collector begins again: meanwhile nobody could be heard. After an error the book has no meaning.
func (b *Book) Load(from []byte, now time.Time) error {
	r := decoder{varint.Decoder{B: from}}
	if r.Uint() != format {
		return ErrFormat
	}
	if whole := r.Bool(); whole {
		b.clear()
	}
	b.since, b.full = now, r.Bool()
	for n := r.Uint(); n > 0 && !r.Bad; n-- {
		if s := b.senders[r.Text()]; s != nil {
			b.drop(s)
		}
	}
	for n := r.Uint(); n > 0 && !r.Bad; n-- {
		r.sender(b)
	}
	b.changed, b.forgotten = nil, nil
	if !r.Ends() {
		return ErrFormat
	}
	return nil
}

// decoder reads what an encoder has written.
type decoder struct{ varint.Decoder }

func (r *decoder) sender(b *Book) {
	name := r.Text()
	s := b.senders[name]
	if s == nil {
		s = b.add(name)
	}
	for _, n := range s.counts.numbers() {
		*n = r.Uint()
	}
	s.counts.First, s.counts.Last, s.counts.Delay = r.Time(), r.Time(), time.Duration(r.Int())
	s.full, s.ended, s.endedBy, s.told = r.Bool(), r.Bool(), r.Uint(), r.Bool()
	s.before = s.counts.Messages
	for n := r.Uint(); n > 0 && !r.Bad; n-- {
		s.dropRow(r.key())
	}
	for n := r.Uint(); n > 0 && !r.Bad; n-- {
		key := r.key()
		s.dropRow(key)
		s.addRow(key, r.row())
	}
	slices.SortFunc(s.ends, func(a, b Row) int { return cmp.Compare(s.endOf(a), s.endOf(b)) })
	s.changes.is, s.changes.rows, s.changes.forgotten = false, nil, nil
}

// endOf is when a row has ended; 0: it is there no more.
func (s *Sender) endOf(key Row) int64 {
	if r := s.rows[key]; r != nil {
		return r.ended
	}
	return 0
}

func (r *decoder) key() Row { return Row{Writer: r.Uint(), Audit: r.Bool()} }

func (r *decoder) row() *row {
	one := &row{begun: r.Bool(), seen: r.Int(), ended: r.Int(), top: r.Uint(), full: r.Bool(), altered: r.Bool()}
	at := uint64(0)
	for n := r.Uint(); n > 0 && !r.Bad; n-- {
		s := span{first: r.add(&at), last: r.add(&at), lost: r.Bool()}
		if k := len(one.spans); k > 0 && s.first <= one.spans[k-1].last {
			r.Spoil()
		}
		one.spans = append(one.spans, s)
	}
	at = 0
	for n := r.Uint(); n > 0 && !r.Bad; n-- {
		h := hole{first: r.add(&at), last: r.add(&at), since: r.Int(), told: r.Bool()}
		if k := len(one.holes); k > 0 && h.first <= one.holes[k-1].last {
			r.Spoil()
		}
		one.holes = append(one.holes, h)
	}
	return one
}

// add reads how much further the next number is.
func (r *decoder) add(at *uint64) uint64 {
	n := r.Uint()
	if n > MaxNumber || *at+n > MaxNumber {
		r.Spoil()
		return *at
	}
	*at += n
	return *at
}
