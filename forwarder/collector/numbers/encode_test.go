package numbers

import (
	"fmt"
	"math/rand"
	"reflect"
	"testing"
	"time"
)

// TestReadAgain: whatever happens, a book that is read from what was whole once, and from changes since, is the
// same as the one that wrote them.
func TestReadAgain(t *testing.T) {
	for seed := range int64(20) {
		r := rand.New(rand.NewSource(seed))
		o := Options{Tell: &teller{}, Grace: time.Minute, Limits: Limits{Senders: 12, Rows: 6, Intervals: 5, AllRows: 40, AllIntervals: 60}}
		now := start
		b := New(o, now)
		chunks := [][]byte{b.Append(nil, true)}
		b.Recorded()
		for range 60 {
			for range r.Intn(60) {
				anything(b, r, now)
			}
			now = now.Add(time.Duration(r.Intn(200)) * time.Hour / 10)
			b.Sweep(now)
			switch r.Intn(4) {
			case 0: // a record that failed
				b.Append(nil, false)
			case 1:
				chunks = [][]byte{b.Append(nil, true)}
				b.Recorded()
			default:
				chunks = append(chunks, b.Append(nil, b.WantsWhole()))
				b.Recorded()
				same(t, fmt.Sprint("seed ", seed), b, again(t, o, chunks, now))
			}
		}
	}
}

// anything has something happen to a sender.
func anything(b *Book, r *rand.Rand, now time.Time) {
	s := b.Sender(fmt.Sprint("web", r.Intn(15)))
	key, n := Row{Writer: uint64(r.Intn(9) + 1), Audit: r.Intn(2) == 0}, uint64(r.Intn(30)+1)
	switch r.Intn(12) {
	case 0:
		s.Lost(key, n, n+3, now)
	case 1:
		s.Promised(key, n, now)
	case 2:
		s.Begun(key, now)
	case 3:
		s.Ended(key.Writer, n, now)
	case 4:
		s.Ends(key.Writer)
	case 5:
		s.Alters(key, n)
	case 6:
		s.Repeats(key.Writer, now)
	default:
		if s.Take(key, n, now) == Uncounted {
			s.CountUncounted()
		}
		s.Heard(key.Writer, now, time.Second)
	}
}

func again(t *testing.T, o Options, chunks [][]byte, now time.Time) *Book {
	t.Helper()
	b := New(o, now)
	for _, c := range chunks {
		if err := b.Load(c, now); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

func same(t *testing.T, what string, a, b *Book) {
	t.Helper()
	if len(a.senders) != len(b.senders) || a.full != b.full || a.total != b.total {
		t.Fatalf("%s: %d senders, %v, %+v; read again: %d, %v, %+v", what, len(a.senders), a.full, a.total, len(b.senders), b.full, b.total)
	}
	for name, s := range a.senders {
		o := b.senders[name]
		if o == nil || !sameCounts(s.counts, o.counts) || len(s.rows) != len(o.rows) || s.full != o.full || s.ended != o.ended || s.endedBy != o.endedBy || s.told != o.told {
			t.Fatalf("%s: %+v; read again: %+v", what, s, o)
		}
		for key, r := range s.rows {
			q := o.rows[key]
			if q == nil || fmt.Sprint(*r) != fmt.Sprint(*q) {
				t.Fatalf("%s: %s %v: %+v; read again: %+v", what, name, key, r, q)
			}
		}
	}
}

func sameCounts(a, b Counts) bool {
	if !a.First.Equal(b.First) || !a.Last.Equal(b.Last) {
		return false
	}
	a.First, a.Last = b.First, b.Last
	return reflect.DeepEqual(a, b)
}

// TestForgottenChanges: changes that nobody records take no memory for ever; all that is known is recorded then.
func TestForgottenChanges(t *testing.T) {
	o := Options{Tell: &teller{}, Limits: Limits{Rows: 20}}
	b := New(o, start)
	s := b.Sender("web1")
	for w := range uint64(2 * small) {
		s.Take(Row{Writer: w + 1}, 1, start)
		s.Ended(w+1, 1, start)
	}
	if !b.WantsWhole() || len(s.changes.rows) > 0 || len(s.changes.forgotten) > 0 || !b.HasChanged() {
		t.Errorf("%d rows, %d forgotten", len(s.changes.rows), len(s.changes.forgotten))
	}
	same(t, "whole", b, again(t, o, [][]byte{b.Append(nil, true)}, start))
	if b.Recorded(); b.WantsWhole() || b.HasChanged() {
		t.Error("it wants all again")
	}
}

// TestSharedBounds: one sender cannot have all memory; the others have a few rows and intervals all the same.
func TestSharedBounds(t *testing.T) {
	b := New(Options{Tell: &teller{}, Limits: Limits{AllRows: 100, AllIntervals: 300}}, start)
	greedy, modest := b.Sender("greedy"), b.Sender("modest")
	for n := uint64(1); n < 1000; n++ {
		greedy.Take(Row{Writer: 1}, 2*n, start)
		greedy.Take(Row{Writer: n + 1}, 1, start)
	}
	if n := b.total; n.rows > 100 || n.intervals > 300+100*ownIntervals {
		t.Errorf("%+v", n)
	}
	for w := range uint64(ownRows) {
		for n := uint64(1); n < 100; n++ {
			if v := modest.Take(Row{Writer: w + 1}, n, start); v != Fresh {
				t.Fatalf("line %d of writer %d is %v", n, w, v)
			}
		}
	}
}
