package numbers

import (
	"maps"
	"slices"
	"time"
)

// Other is the name of the sender that stands for all those beyond the bound.
const Other = "_other"

// Teller is told what has happened.
type Teller interface {
	// Missing: the ranges of a row are missing.
	Missing(s *Sender, key Row, ranges []Range)
	// Closed: nothing of the sender is missing any more.
	Closed(s *Sender)
	// Altered: a number of the row has come with another text.
	Altered(s *Sender, key Row, n uint64)
	// Full: a bound was reached; what is "senders", "rows" or "intervals".
	Full(s *Sender, key Row, what string, bound int)
	// Silent: nothing was heard of the sender since a time; zero: ever.
	Silent(s *Sender, since time.Time)
	// Back: the sender is heard again.
	Back(s *Sender)
}

// Range is a run of numbers, both ends included.
type Range struct{ First, Last uint64 }

// Options of a Book.
type Options struct {
	Limits Limits
	Tell   Teller
	// Grace is how long numbers may be late.
	Grace time.Duration
	// Silence is how long a sender may be unheard of; 0: for ever.
	Silence time.Duration
	// Hosts are the senders that must be there; empty: all that were heard and have not ended.
	Hosts []string
}

// Book knows the numbers of all senders. Not for concurrent use.
type Book struct {
	o       Options
	limits  Limits
	tell    Teller
	senders map[string]*Sender
	full    bool // the bound of senders was told
	since   time.Time
	minute  int64 // the last one whose messages were counted
	total   total

	changed   []*Sender // since the last Recorded
	forgotten []string  // likewise; some may be known again
	whole     bool      // all may have changed
}

// total is what all senders have.
type total struct{ rows, intervals int }

// New returns a book without senders. now is when the collector begins: the time of hosts that are not
// heard at all runs from then.
func New(o Options, now time.Time) *Book {
	return &Book{o: o, limits: o.Limits.withDefaults(), tell: o.Tell, senders: make(map[string]*Sender), since: now, minute: now.Unix() / 60}
}

// SetOptions takes over other times, bounds and hosts.
func (b *Book) SetOptions(o Options) { b.o, b.limits, b.tell = o, o.Limits.withDefaults(), o.Tell }

// Sender is the one of that name; Other where there are too many.
func (b *Book) Sender(name string) *Sender {
	if s := b.senders[name]; s != nil {
		return s
	}
	if len(b.senders) >= b.limits.Senders && name != Other {
		s := b.Sender(Other)
		s.tellFull(Row{}, "senders", b.limits.Senders, &b.full)
		return s
	}
	s := b.add(name)
	s.change()
	return s
}

func (b *Book) add(name string) *Sender {
	s := &Sender{Name: name, rows: make(map[Row]*row), book: b}
	b.senders[name] = s
	return s
}

// drop forgets a sender.
func (b *Book) drop(s *Sender) {
	for _, r := range s.rows {
		s.uncount(r)
	}
	delete(b.senders, s.Name)
}

// clear forgets all senders.
func (b *Book) clear() {
	b.senders, b.changed, b.forgotten, b.total = make(map[string]*Sender), nil, nil, total{}
}

func (b *Book) isOther(s *Sender) bool { return s.Name == Other }

// Find is the sender of that name; nil: it was not heard.
func (b *Book) Find(name string) *Sender { return b.senders[name] }

// Senders are those that were heard, in the order of their names.
func (b *Book) Senders() []*Sender {
	all := make([]*Sender, 0, len(b.senders))
	for _, name := range slices.Sorted(maps.Keys(b.senders)) {
		all = append(all, b.senders[name])
	}
	return all
}

// forget is for how long a row is kept that has ended, and of which nothing is missing.
const forget = 7 * 24 * time.Hour

// Sweep tells what is missing and who is silent by now, and forgets what has ended long ago.
func (b *Book) Sweep(now time.Time) {
	for _, name := range b.o.Hosts {
		if b.senders[name] == nil && b.o.Silence > 0 && now.Sub(b.since) >= b.o.Silence {
			b.Sender(name)
		}
	}
	minutes := now.Unix()/60 - b.minute
	b.minute += minutes
	for _, s := range b.senders {
		s.sweepRows(now)
		if b.isDue(s, now) && !s.told {
			s.told = true
			s.change()
			b.tell.Silent(s, s.counts.Last)
		}
		if minutes > 0 {
			s.perMinute(uint64(minutes))
		}
		if len(s.rows) == 0 && s.ended && now.Sub(s.counts.Last) >= forget {
			b.drop(s)
			b.forgotten = append(b.forgotten, s.Name)
			if s.changes.is {
				b.changed = slices.DeleteFunc(b.changed, func(c *Sender) bool { return c == s })
			}
		}
	}
}

// perMinute takes the count of the last minutes.
func (s *Sender) perMinute(minutes uint64) {
	n := (s.counts.Messages - s.before) / minutes
	s.before = s.counts.Messages
	if n != s.counts.Minute {
		s.counts.Minute = n
		s.change()
	}
}

// isDue reports whether the silence of a sender is to be told.
func (b *Book) isDue(s *Sender, now time.Time) bool {
	since := s.counts.Last
	if since.Before(b.since) {
		since = b.since // while the collector was not there nobody could be heard
	}
	if b.o.Silence == 0 || now.Sub(since) < b.o.Silence || s.Name == Other {
		return false
	}
	if len(b.o.Hosts) > 0 {
		return slices.Contains(b.o.Hosts, s.Name)
	}
	return !s.ended && !s.allEnded()
}

// allEnded reports whether the sender has had writers of lines, and all have ended.
func (s *Sender) allEnded() bool {
	any := false
	for key, r := range s.rows {
		if !key.Audit && r.ended == 0 {
			return false
		}
		any = any || !key.Audit
	}
	return any
}

// sweepRows tells what is missing of a sender.
func (s *Sender) sweepRows(now time.Time) {
	for key, r := range s.rows {
		if due := r.due(now.Unix(), int64(s.book.o.Grace/time.Second), s.book.since.Unix()); len(due) > 0 {
			ranges := make([]Range, 0, len(due))
			for _, h := range due {
				ranges = append(ranges, Range{h.first, h.last})
			}
			s.book.tell.Missing(s, key, ranges)
			for _, h := range due {
				h.told = true
				s.counts.Missing += h.last - h.first + 1
			}
			before := r.size()
			r.joinTold()
			s.resize(r, before)
			s.changeRow(key, r)
		}
		if r.ended > 0 && r.missing() == 0 && now.Unix()-max(r.ended, r.seen) >= int64(forget/time.Second) {
			s.forgetRow(key)
		}
	}
}
