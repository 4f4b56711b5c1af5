package numbers

import (
	"cmp"
	"time"
)

// Limits are bounds. Zero values are defaults.
type Limits struct {
	Senders   int // default 10,000
	Rows      int // of a sender; default 8,192: 4,096 writers with two each
	Intervals int // of a row; default 1,000
	// AllRows and AllIntervals are for all senders together, so that a few cannot have all memory; default
	// 200,000 and 400,000. Beyond, a sender has ownRows all the same, and a row ownIntervals.
	AllRows, AllIntervals int
}

const ownRows, ownIntervals = 16, 2

func (l Limits) withDefaults() Limits {
	return Limits{
		Senders: cmp.Or(l.Senders, 10_000), Rows: cmp.Or(l.Rows, 2*4096), Intervals: cmp.Or(l.Intervals, 1000),
		AllRows: cmp.Or(l.AllRows, 200_000), AllIntervals: cmp.Or(l.AllIntervals, 400_000),
	}
}

// Sender is who sends to the collector, and what has come from there.
type Sender struct {
	Name    string
	counts  Counts
	before  uint64 // messages up to the last whole minute
	rows    map[Row]*row
	ends    []Row  // rows that have ended, in order; some may be there no more
	full    bool   // the bound of rows was told
	ended   bool   // its last word was an end in good order
	endedBy uint64 // the writer that has told it: what comes of that one behind it is no sign of life
	told    bool   // that it is silent
	book    *Book
	changes struct { // since the last Recorded
		is              bool
		rows, forgotten []Row // some may be there twice, or no more, or again
	}
}

// Counts are what has become of a sender's messages, since the sender is known.
type Counts struct {
	Messages  uint64 // kept
	Repeated  uint64 // not kept: the line was there
	Altered   uint64 // kept, though the number was known: of another text, or nobody could tell
	Uncounted uint64 // kept, beyond a bound
	Missing   uint64 // numbers that are missing now
	Late      uint64 // numbers that have closed a hole which was told of
	Lost      uint64 // numbers that events have explained
	Minute    uint64 // messages that were kept in the last whole minute
	First     time.Time
	Last      time.Time     // a message came last
	Delay     time.Duration // of that one, by its own time
}

// Peek is what Take would return, and changes nothing.
func (s *Sender) Peek(key Row, n uint64) Verdict {
	r := s.rows[key]
	switch {
	case s.book.isOther(s), n > MaxNumber, r == nil && !s.hasRoom() && !s.hasEnded():
		return Uncounted
	case r == nil:
		return Fresh
	}
	return r.peek(n, s.book.most())
}

// MaxNumber is the highest number that counts: writers give none above 2,000,000,000.
const MaxNumber = 1 << 60

// Take notes that a number has come.
func (s *Sender) Take(key Row, n uint64, now time.Time) Verdict {
	if s.book.isOther(s) || n > MaxNumber {
		return Uncounted
	}
	r := s.row(key, now.Unix())
	if r == nil {
		s.tellFull(key, "rows", s.book.limits.Rows, &s.full)
		return Uncounted
	}
	before := r.size()
	v, closed := r.take(n, now.Unix(), s.book.most())
	s.resize(r, before)
	s.changeRow(key, r)
	if v == Uncounted {
		s.tellFull(key, "intervals", s.book.limits.Intervals, &r.full)
	}
	s.counts.Late += closed
	s.closed(closed)
	return v
}

// Heard notes a message of a writer that was kept; 0: it has none.
func (s *Sender) Heard(writer uint64, now time.Time, delay time.Duration) {
	s.heard(writer, now)
	s.counts.Messages++
	s.counts.Delay = delay
}

// Repeats notes a message of a writer that was not kept, since its line is there.
func (s *Sender) Repeats(writer uint64, now time.Time) {
	s.heard(writer, now)
	s.counts.Repeated++
}

func (s *Sender) heard(writer uint64, now time.Time) {
	s.change()
	if s.counts.First.IsZero() {
		s.counts.First = now
	}
	s.counts.Last, s.ended = now, s.ended && writer == s.endedBy
	if s.told {
		s.book.tell.Back(s)
		s.told = false
	}
}

// Alters notes a message that is kept, though its number was known: of another text than the line that is
// there, or of nobody knows which. It tells the first one of a row.
func (s *Sender) Alters(key Row, n uint64) {
	s.counts.Altered++
	s.change()
	if r := s.rows[key]; r != nil && !r.altered {
		r.altered = true
		s.changeRow(key, r)
		s.book.tell.Altered(s, key, n)
	}
}

// CountUncounted notes a message that is kept, beyond a bound.
func (s *Sender) CountUncounted() {
	s.counts.Uncounted++
	s.change()
}

func (s *Sender) tellFull(key Row, what string, bound int, told *bool) {
	if !*told {
		*told = true
		s.change()
		s.book.tell.Full(s, key, what, bound)
	}
}

// Lost notes an event of the sender: these numbers do not come.
func (s *Sender) Lost(key Row, first, last uint64, now time.Time) {
	r := s.rows[key]
	if r == nil || first == 0 || last < first || last > MaxNumber {
		return
	}
	before, size := r.lost(), r.size()
	closed := r.explain(first, last, now.Unix(), s.book.most())
	s.resize(r, size)
	s.changeRow(key, r)
	s.counts.Lost += r.lost() - before
	s.closed(closed)
}

// lost is how many numbers are explained.
func (r *row) lost() (n uint64) {
	for _, s := range r.spans {
		if s.lost {
			n += s.last - s.first + 1
		}
	}
	return n
}

// Promised notes an event of the sender: numbers up to last were given, such as a seal or a heartbeat
// tells.
func (s *Sender) Promised(key Row, last uint64, now time.Time) {
	if r := s.rows[key]; r != nil && last <= MaxNumber {
		before := r.size()
		r.promise(last, now.Unix())
		s.resize(r, before)
		s.changeRow(key, r)
	}
}

// Begun notes an event of the sender: the row begins at 1.
func (s *Sender) Begun(key Row, now time.Time) {
	if s.book.isOther(s) {
		return
	}
	if r := s.row(key, now.Unix()); r != nil {
		before := r.size()
		r.begin(now.Unix())
		s.resize(r, before)
		s.changeRow(key, r)
	}
}

// Ended notes an event of the sender: the writer gives no number above last any more.
func (s *Sender) Ended(writer uint64, last uint64, now time.Time) {
	s.Promised(Row{Writer: writer}, last, now)
	for _, audit := range []bool{false, true} {
		if r := s.rows[Row{writer, audit}]; r != nil {
			s.end(Row{writer, audit}, r, now.Unix())
		}
	}
}

// Ends notes an event that a writer of the sender has told: the sender goes in good order, and its silence is none
// to tell of. Seals of that event come behind it.
func (s *Sender) Ends(writer uint64) {
	s.ended, s.endedBy = true, writer
	s.change()
}

// Delay is how late the last message was, by its own time.
func (s *Sender) Delay() time.Duration { return s.counts.Delay }

// Counts are the sender's.
func (s *Sender) Counts() Counts { return s.counts }

// Silent reports whether it was told that nothing is heard of the sender.
func (s *Sender) Silent() bool { return s.told }

// closed takes numbers that were told to be missing, and are not any more. It tells when there are no others.
func (s *Sender) closed(numbers uint64) {
	s.counts.Missing -= numbers
	if numbers > 0 && s.counts.Missing == 0 {
		s.book.tell.Closed(s)
	}
}
