package numbers

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// teller notes what it is told.
type teller struct{ told []string }

func (t *teller) note(format string, args ...any) {
	t.told = append(t.told, fmt.Sprintf(format, args...))
}

func (t *teller) Missing(s *Sender, key Row, ranges []Range) {
	t.note("%s %x missing %v", s.Name, key.Writer, ranges)
}
func (t *teller) Closed(s *Sender) { t.note("%s closed", s.Name) }
func (t *teller) Altered(s *Sender, key Row, n uint64) {
	t.note("%s %x altered %d", s.Name, key.Writer, n)
}
func (t *teller) Full(s *Sender, key Row, what string, bound int) {
	t.note("%s full %s %d", s.Name, what, bound)
}
func (t *teller) Silent(s *Sender, _ time.Time) { t.note("%s silent", s.Name) }
func (t *teller) Back(s *Sender)                { t.note("%s back", s.Name) }

var start = time.Unix(1_800_000_000, 0)

// eventLog is the writer of a sender's service.
const eventLog = 77

// script runs steps on the row of writer a of sender web1, and returns what was told. A step is a number
// that comes, "1-5" for several, or a word with its numbers; "+10m" lets time pass and sweeps.
func script(t *testing.T, b *Book, steps string) []string {
	t.Helper()
	tell := &teller{}
	if b.tell != nil {
		tell = b.tell.(*teller)
	}
	b.SetOptions(Options{Tell: tell, Grace: 15 * time.Minute, Silence: b.o.Silence, Hosts: b.o.Hosts, Limits: b.o.Limits})
	now, key := start, Row{Writer: 0xa}
	for _, step := range strings.Fields(steps) {
		word, rest, _ := strings.Cut(step, ":")
		var first, last uint64
		if n, _ := fmt.Sscanf(rest, "%d-%d", &first, &last); n < 2 {
			last = first
		}
		s := b.Find("web1")
		if s == nil && rest != "" || word == "begun" || word == "ends" {
			s = b.Sender("web1")
		}
		switch word {
		case "got", "known", "uncounted":
			want := map[string]Verdict{"got": Fresh, "known": Known, "uncounted": Uncounted}[word]
			for n := first; n <= last; n++ {
				if p, v := s.Peek(key, n), s.Take(key, n, now); v != want || p != v {
					t.Errorf("%s: %d is %v, peeked %v", step, n, v, p)
				}
				s.Heard(key.Writer, now, 0)
			}
		case "lost":
			s.Lost(key, first, last, now)
		case "promised":
			s.Promised(key, last, now)
		case "begun":
			s.Begun(key, now)
		case "ended":
			s.Ended(key.Writer, last, now)
		case "ends":
			s.Ends(eventLog)
		case "seal":
			s.Heard(eventLog, now, 0)
		case "altered":
			s.Alters(key, first)
		case "again": // another process
			state := b.Append(nil, true)
			next := New(b.o, start)
			if err := next.Load(state, now); err != nil {
				t.Fatal(err)
			}
			*b = *next
			for _, s := range b.senders {
				s.book = b
			}
		default:
			d, err := time.ParseDuration(word)
			if err != nil {
				t.Fatal(step)
			}
			now = now.Add(d)
			b.Sweep(now)
		}
		check(t, step, b)
	}
	return tell.told
}

// check holds the order of spans and holes, and that none lies within another.
func check(t *testing.T, step string, b *Book) {
	t.Helper()
	for _, s := range b.senders {
		for _, r := range s.rows {
			var all []span
			for i, s := range r.spans {
				if i > 0 && (s.first <= r.spans[i-1].last || s.first == r.spans[i-1].last+1 && s.lost == r.spans[i-1].lost) {
					t.Fatalf("%s: spans %v", step, r.spans)
				}
				all = append(all, s)
			}
			for i, h := range r.holes {
				if i > 0 && h.first <= r.holes[i-1].last {
					t.Fatalf("%s: holes %v", step, r.holes)
				}
				all = append(all, span{first: h.first, last: h.last})
			}
			slices.SortFunc(all, func(a, b span) int { return int(a.first) - int(b.first) })
			for i := range all {
				if all[i].last < all[i].first || i > 0 && all[i].first <= all[i-1].last {
					t.Fatalf("%s: spans %v, holes %v", step, r.spans, r.holes)
				}
			}
		}
	}
}

func TestHoles(t *testing.T) {
	for _, tt := range []struct {
		name, steps string
		want        []string
	}{
		{"all in order", "got:1-100 1h", nil},
		{"before the first one seen: unknown", "got:50-60 1h got:20 1h", nil},
		{"begun: from 1 on", "begun got:3-5 15m", []string{"web1 a missing [{1 2}]"}},
		{"begun is told late", "got:3-5 begun 15m", []string{"web1 a missing [{1 2}]"}},
		{"and is waited for from then on", "got:3-5 10m begun 14m", nil},
		{"a hole closes in time", "got:1-5 got:8-9 14m got:6-7 1h", nil},
		{"a hole is missing after grace", "got:1-5 got:8-9 14m 1m 1h", []string{"web1 a missing [{6 7}]"}},
		{"a hole is missing after grace, though later numbers come", "got:1 got:3 10m got:4 5m", []string{"web1 a missing [{2 2}]"}},
		{"and closes late, in two parts", "got:1-5 got:8-9 15m got:7 got:6 1h", []string{"web1 a missing [{6 7}]", "web1 closed"}},
		{"several are told at once, and closed once", "got:1 got:3 got:5 15m got:2 got:4", []string{"web1 a missing [{2 2} {4 4}]", "web1 closed"}},
		{"explained before it is missing", "got:1-5 got:8 lost:6-7 1h", nil},
		{"explained in part", "got:1-5 got:9 lost:6-7 1h", []string{"web1 a missing [{8 8}]"}},
		{"explained afterwards", "got:1-5 got:8 1h lost:6-7", []string{"web1 a missing [{6 7}]", "web1 closed"}},
		{"explained, and comes all the same", "got:1-5 got:9 lost:6-8 got:7 known:7 1h", nil},
		{"an explanation overtakes the lines before it", "got:1-5 lost:9-10 10m got:6 10m got:7-8 1h", nil},
		{"and the lines before it never come", "got:1-5 lost:9-10 10m 10m", []string{"web1 a missing [{6 8}]"}},
		{"and are waited for from the explanation on", "got:1-5 10m lost:9-10 14m", nil},
		{"an explanation of an unknown row", "lost:1-5 1h", nil},
		{"what was there is not explained away", "got:1-5 lost:3-4 known:3", nil},
		{"a promise is kept", "got:1-5 promised:8 10m got:6 10m got:7-8 1h", nil},
		{"a promise is kept after grace, since there is a backlog", "got:1-5 promised:8 14m got:6 14m got:7 14m got:8 1h", nil},
		{"a promise is not kept", "got:1-5 promised:8 14m 1m", []string{"web1 a missing [{6 8}]"}},
		{"promises grow", "got:1-5 promised:8 5m promised:9 5m promised:10 10m", []string{"web1 a missing [{6 10}]"}},
		{"a promise of an unknown row", "promised:8 1h", nil},
		{"all of a row is lost", "begun ended:8 15m", []string{"web1 a missing [{1 8}]"}},
		{"an end is a promise", "got:1-5 ended:6 15m", []string{"web1 a missing [{6 6}]"}},
		{"a hole above a promise", "got:1-5 promised:7 got:9 15m", []string{"web1 a missing [{6 7} {8 8}]"}},
		{"another process", "got:1-5 again known:5 got:8 again 15m again got:6-7 again 1h", []string{"web1 a missing [{6 7}]", "web1 closed"}},
		{"nothing is late while the collector is away", "got:1-5 got:8 again 14m 59s again 14m", nil},
		{"repeats", "got:1-5 known:1-5 got:6", nil},
		{"another text is told once a writer", "got:1-5 altered:3 altered:4", []string{"web1 a altered 3"}},
		{"a row that has ended is forgotten after 7 days", "begun got:1-5 ended:5 167h known:5 168h got:5", nil},
		{"but not one of which numbers are missing", "got:1-5 got:7 ended:7 1000h got:6", []string{"web1 a missing [{6 6}]", "web1 closed"}},
	} {
		if got := script(t, New(Options{}, start), tt.steps); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: %s\n got %q\nwant %q", tt.name, tt.steps, got, tt.want)
		}
	}
}

func TestSilence(t *testing.T) {
	for _, tt := range []struct {
		name, steps string
		hosts       []string
		want        []string
	}{
		{"a sender falls silent, and comes back", "got:1 9m 1m 1h got:2 9m", nil, []string{"web1 silent", "web1 back"}},
		{"one that has ended in good order", "got:1 ends 1h", nil, nil},
		{"and has sealed that", "got:1 ends seal 1m seal 1h", nil, nil},
		{"one that is heard after its end", "got:1 ends seal got:2 1h", nil, []string{"web1 silent"}},
		{"all of whose writers have", "begun got:1 ended:1 1h", nil, nil},
		{"but not one that must be there", "got:1 ends 1h", []string{"web1"}, []string{"web1 silent"}},
		{"one that need not be there", "got:1 1h", []string{"web1x"}, []string{"web1x silent"}},
		{"one that was never heard", "9m 1m", []string{"web1"}, []string{"web1 silent"}},
		{"a restart forgets nothing, and tells nothing twice", "got:1 again 10m again 10m again got:2", nil, []string{"web1 silent", "web1 back"}},
	} {
		b := New(Options{Silence: 10 * time.Minute, Hosts: tt.hosts}, start)
		if got := script(t, b, tt.steps); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: %s\n got %q\nwant %q", tt.name, tt.steps, got, tt.want)
		}
	}
}

// TestBounds: beyond a bound nothing is counted, and that is told once.
func TestBounds(t *testing.T) {
	b := New(Options{Limits: Limits{Intervals: 3}}, start)
	got := script(t, b, "got:1 got:3 got:5 uncounted:7 uncounted:9 got:6 got:2 got:8 15m")
	if want := []string{"web1 full intervals 3", "web1 a missing [{4 4} {7 7}]"}; !reflect.DeepEqual(got, want) {
		t.Errorf("%q", got)
	}
	tell := &teller{}
	b = New(Options{Limits: Limits{Senders: 2, Rows: 2}, Tell: tell}, start)
	for i := range 5 {
		s := b.Sender(fmt.Sprint("web", i))
		for w := range 4 {
			v := s.Take(Row{Writer: uint64(w + 1)}, 1, start)
			if want := i < 2 && w < 2; want != (v == Fresh) || !want && v != Uncounted {
				t.Errorf("sender %d, writer %d: %v", i, w, v)
			}
		}
	}
	b.Sender("web0").Ended(1, 1, start)
	if v := b.Sender("web0").Take(Row{Writer: 9}, 1, start); v != Fresh {
		t.Errorf("a writer that has ended makes no room: %v", v)
	}
	want := []string{"web0 full rows 2", "web1 full rows 2", "_other full senders 2"}
	if !reflect.DeepEqual(tell.told, want) || len(b.senders) != 3 {
		t.Errorf("%q, %d senders", tell.told, len(b.senders))
	}
}

// TestTenThousand senders are known by default, and 4,096 writers of each with 1,000 intervals.
func TestTenThousand(t *testing.T) {
	tell := &teller{}
	b := New(Options{Tell: tell}, start)
	for i := range 10_003 {
		b.Sender(fmt.Sprint("web", i)).Heard(1, start, 0)
	}
	s := b.Sender("web1")
	for w := range uint64(4097) {
		s.Take(Row{Writer: w + 1}, 1, start)
		s.Take(Row{Writer: w + 1, Audit: true}, 1, start)
	}
	for n := range uint64(1001) {
		s.Take(Row{Writer: 1}, 2*n+1, start)
	}
	want := []string{"_other full senders 10000", "web1 full rows 8192", "web1 full intervals 1000"}
	if !reflect.DeepEqual(tell.told, want) || len(b.senders) != 10_001 || b.Sender(Other).counts.Messages != 3 {
		t.Errorf("%q, %d senders", tell.told, len(b.senders))
	}
}

// TestForgottenWriters: one that has ended is forgotten after seven days, unless something of it is missing.
func TestForgottenWriters(t *testing.T) {
	for _, tt := range []struct {
		steps string
		rows  int
	}{
		{"got:1-5 ended:5 167h", 1},
		{"got:1-5 ended:5 168h", 0},
		{"got:1-5 168h 168h", 1},
		{"got:1-5 got:7 ended:7 168h 1s", 1},
		{"got:1-5 got:7 ended:7 168h 1s got:6 167h", 1},
		{"got:1-5 got:7 ended:7 168h 1s got:6 168h", 0},
	} {
		b := New(Options{}, start)
		script(t, b, tt.steps)
		if n := len(b.Find("web1").rows); n != tt.rows {
			t.Errorf("%s: %d rows, want %d", tt.steps, n, tt.rows)
		}
	}
}

// TestForgottenSender: one that has ended and has no row left.
func TestForgottenSender(t *testing.T) {
	b := New(Options{}, start)
	script(t, b, "begun got:1-5 ended:5 ends 168h 1s")
	if b.Find("web1") != nil {
		t.Error("it is known for ever")
	}
}

// TestForgottenSenderReadAgain: one that is forgotten between two records leaves nothing in the sums of all senders.
func TestForgottenSenderReadAgain(t *testing.T) {
	b := New(Options{}, start)
	script(t, b, "begun got:1-5 ended:5 ends")
	chunks := [][]byte{b.Append(nil, true)}
	b.Recorded()
	later := start.Add(forget + time.Second)
	b.Sweep(later)
	next := again(t, b.o, append(chunks, b.Append(nil, false)), later)
	if next.Find("web1") != nil || next.total != (total{}) {
		t.Errorf("%v, %+v", next.Find("web1"), next.total)
	}
}

func TestCounts(t *testing.T) {
	b := New(Options{}, start)
	script(t, b, "got:1-5 got:10-12 lost:6-7 15m got:9 again")
	c := b.Find("web1").Counts()
	if c.Messages != 9 || c.Lost != 2 || c.Late != 1 || c.Missing != 1 || !c.First.Equal(start) || !c.Last.Equal(start.Add(15*time.Minute)) {
		t.Errorf("%+v", c)
	}
}

// TestDelay: that of the last message is known, until the next one.
func TestDelay(t *testing.T) {
	b := New(Options{}, start)
	for _, delay := range []time.Duration{time.Minute, 0, -time.Second} {
		b.Sender("web1").Heard(1, start, delay)
		b.Sender("web1").Repeats(1, start)
		if got := b.Find("web1").Delay(); got != delay {
			t.Errorf("%v, want %v", got, delay)
		}
	}
}

func TestTakeAllocatesNothing(t *testing.T) {
	b := New(Options{}, start)
	s, n := b.Sender("web1"), uint64(0)
	s.Take(Row{Writer: 1}, 1, start)
	if a := testing.AllocsPerRun(1000, func() {
		n++
		s.Take(Row{Writer: 1}, n, start)
		s.Heard(1, start, 0)
	}); a != 0 {
		t.Errorf("%v allocations", a)
	}
}

// FuzzRow holds a row against a set of numbers, in any order of numbers, explanations, promises and
// sweeps.
func FuzzRow(f *testing.F) {
	f.Add([]byte{1, 2, 3, 9, 5, 70, 130, 200, 4, 255, 6})
	f.Add([]byte{0, 64, 128, 192, 10, 74, 138, 202, 255})
	f.Fuzz(func(t *testing.T, steps []byte) {
		tell := &teller{}
		b := New(Options{Tell: tell, Grace: time.Minute}, start)
		s, key, now := b.Sender("web1"), Row{Writer: 1}, start
		have := map[uint64]bool{}
		for i, step := range steps {
			n := uint64(step&63) + 1
			switch step >> 6 {
			case 0, 1:
				want := Fresh
				if have[n] {
					want = Known
				}
				if v := s.Take(key, n, now); v != want {
					t.Fatalf("step %d: %d is %v, want %v", i, n, v, want)
				}
				have[n] = true
			case 2:
				s.Lost(key, n, n+uint64(i%5), now)
			default:
				if n > 60 {
					now = now.Add(time.Duration(n-60) * time.Minute)
					b.Sweep(now)
				} else {
					s.Promised(key, n, now)
				}
			}
			check(t, fmt.Sprint(i), b)
		}
		b.Sweep(now.Add(time.Hour))
		if r := s.rows[key]; r != nil {
			accounted(t, r, have)
		}
	})
}

// accounted holds that each number from the first one known to the last is there, explained, or missing.
func accounted(t *testing.T, r *row, have map[uint64]bool) {
	for n := uint64(1); n <= r.end(); n++ {
		i := find(r.spans, n)
		in := i < len(r.spans) && r.spans[i].first <= n
		if in && !r.spans[i].lost != have[n] {
			t.Fatalf("%d: spans %v, have %v", n, r.spans, have)
		}
		missing := slices.ContainsFunc(r.holes, func(h hole) bool { return h.first <= n && n <= h.last && h.told })
		if in && missing || have[n] && !in {
			t.Fatalf("%d: spans %v, holes %v", n, r.spans, r.holes)
		}
	}
}

// FuzzLoad reads any bytes; what is read is written again and means the same.
func FuzzLoad(f *testing.F) {
	b := New(Options{Tell: &teller{}}, start)
	b.Sender("web1").Take(Row{Writer: 7}, 5, start)
	b.Sender("web1").Take(Row{Writer: 7}, 9, start)
	b.Sender("web2").Heard(1, start, time.Second)
	f.Add(b.Append(nil, true))
	f.Fuzz(func(t *testing.T, from []byte) {
		one, two := New(Options{}, start), New(Options{}, start)
		if one.Load(from, start) != nil {
			return
		}
		if err := two.Load(one.Append(nil, true), start); err != nil {
			t.Fatal(err)
		}
		for name, s := range one.senders {
			again := two.senders[name]
			if again == nil || s.counts.Messages != again.counts.Messages || len(s.rows) != len(again.rows) {
				t.Fatalf("%+v, and then %+v", s, again)
			}
			for key, r := range s.rows {
				if !reflect.DeepEqual(r, again.rows[key]) {
					t.Fatalf("%+v, and then %+v", r, again.rows[key])
				}
			}
		}
	})
}
