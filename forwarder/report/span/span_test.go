package span

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"httpd-syslog/forwarder/event"
)

var begin = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)

// TestGaps: silences are the same in whatever order moments come, and what is no silence is none.
func TestGaps(t *testing.T) {
	t.Parallel()
	var moments []time.Time
	for m := 0; m < 600; m += 5 {
		if m < 100 || m >= 200 && m < 300 || m >= 310 {
			moments = append(moments, begin.Add(time.Duration(m)*time.Minute))
		}
	}
	minute := func(m int) int64 { return begin.Add(time.Duration(m) * time.Minute).UnixMicro() }
	want := []Run{{minute(95), minute(200)}, {minute(595), minute(700)}}
	for seed := range uint64(20) {
		rand.New(rand.NewPCG(seed, 1)).Shuffle(len(moments), func(i, k int) { moments[i], moments[k] = moments[k], moments[i] })
		var a, b Times
		for i, at := range moments {
			if i%3 == 0 {
				a.Add(at)
			} else {
				b.Add(at)
			}
		}
		a.Join(&b)
		if got := a.Gaps(begin, begin.Add(700*time.Minute)); !slices.Equal(got, want) {
			t.Fatalf("%v, not %v", got, want)
		}
	}
}

// TestGapsOfNothing: where nothing is told all is a silence; where the time is short, none.
func TestGapsOfNothing(t *testing.T) {
	t.Parallel()
	var none Times
	if got := none.Gaps(begin, begin.Add(time.Hour)); len(got) != 1 || got[0].End-got[0].Begin != time.Hour.Microseconds() {
		t.Errorf("%v", got)
	}
	if got := none.Gaps(begin, begin.Add(Silence)); len(got) != 0 {
		t.Errorf("%v", got)
	}
}

// TestTimesAreBounded: runs without end take a bounded memory, and still cover what they cover.
func TestTimesAreBounded(t *testing.T) {
	t.Parallel()
	var all Times
	for i := range 5 * maxTimes {
		all.Add(begin.Add(time.Duration(i) * time.Hour))
	}
	if runs := all.Runs(); len(runs) > maxTimes || runs[0].Begin != begin.UnixMicro() {
		t.Errorf("%d runs", len(runs))
	}
	if got := len(Days(all.Within(begin, begin.AddDate(0, 0, 10)), time.UTC)); got != 11 {
		t.Errorf("%d days", got)
	}
}

// TestDays are those of a zone, each once.
func TestDays(t *testing.T) {
	t.Parallel()
	west := time.FixedZone("", -5*3600)
	at := func(hours int) int64 { return begin.Add(time.Duration(hours) * time.Hour).UnixMicro() }
	runs := []Run{{at(1), at(2)}, {at(3), at(6)}, {at(28), at(100)}}
	if got := SayDays(Days(runs, west)); got != "2026-02-28 to 2026-03-04" {
		t.Error(got)
	}
	if got := SayDays(Days(runs, time.UTC)); got != "2026-03-01 to 2026-03-05" {
		t.Error(got)
	}
	if got := SayDays([]Day{1, 3, 4, 5, 9}); got != "1970-01-02, 1970-01-04 to 1970-01-06, 1970-01-10" {
		t.Error(got)
	}
	var many []Day
	for i := range 40 {
		many = append(many, Day(2*i))
	}
	if got := SayDays(many); got[len(got)-len(" and others"):] != " and others" {
		t.Error(got)
	}
	if got := len(Days([]Run{{-1 << 62, 1 << 62}}, time.UTC)); got > MaxDays {
		t.Errorf("%d days", got)
	}
}

// TestNumbers counts each number once, in so much room.
func TestNumbers(t *testing.T) {
	t.Parallel()
	room := 10
	n := NewNumbers(&room)
	const w, v = "1-019ac2f4a1b9f3a4", "019ac2f4a1b9f3a5"
	for range 5 {
		if !n.Add([]event.Range{{Writer: w, First: 5, Last: 9}}) {
			t.Fatal("there is no room")
		}
	}
	n.Add([]event.Range{{Writer: w, First: 8, Last: 12}, {Writer: v, First: 1, Last: 1}, {Writer: w, First: 1, Last: 3, Audit: true}, {Writer: "x", First: 1, Last: 9}, {Writer: w, First: 1, Last: 1 << 61}})
	if n.Count() != 9 || n.Events() != 3 || room != 7 {
		t.Errorf("%d lines, %d events, room for %d", n.Count(), n.Events(), room)
	}
	for i := range uint64(7) {
		n.Add([]event.Range{{Writer: v, First: 100 + 2*i, Last: 100 + 2*i}})
	}
	if n.Add([]event.Range{{Writer: v, First: 200, Last: 200}}) {
		t.Error("there is room without end")
	}
}

// TestManyNumbers: ranges that are told again and again take no room, however many there are, and the greatest number counts.
func TestManyNumbers(t *testing.T) {
	t.Parallel()
	room := 10_050
	n := NewNumbers(&room)
	again := []event.Range{{Writer: "019ac2f4a1b9f3a5", First: 1, Last: 1}, {Writer: "019ac2f4a1b9f3a5", First: MaxNumber, Last: MaxNumber}}
	for range 20_000 {
		if !n.Add(again) {
			t.Fatal("there is no room")
		}
	}
	if n.Count() != 2 || room != 10_048 {
		t.Errorf("%d, room for %d", n.Count(), room)
	}
	n = NewNumbers(&room)
	if n.Count() != 0 || n.Events() != 0 {
		t.Error("none are some")
	}
}

// TestJoin: times of several are those of all, in order, with the longest silence of them.
func TestJoin(t *testing.T) {
	t.Parallel()
	at := func(minutes int) time.Time { return time.Unix(int64(minutes)*60, 0) }
	var a, b, all Times
	for i := range 3000 { // apart, out of order, and each twice
		m := (i * 7919 % 3000) * 40
		a.Add(at(m))
		b.Add(at(m + 20))
		b.Add(at(m + 20))
	}
	all.Join(&a)
	all.Join(&b)
	all.Join(&a)
	runs := all.Runs()
	if len(runs) != 6000 || !slices.IsSortedFunc(runs, func(x, y Run) int { return cmp.Compare(x.Begin, y.Begin) }) {
		t.Errorf("%d runs", len(runs))
	}
	var long Times
	long.silent = 2 * Silence.Microseconds()
	long.Join(&all)
	var other Times
	other.Join(&long)
	for name, joined := range map[string]*Times{"into": &long, "of": &other} {
		if runs := joined.Runs(); len(runs) != 1 || joined.silence() != 2*Silence.Microseconds() {
			t.Errorf("%s one with a longer silence: %d runs", name, len(runs))
		}
	}
	if within := all.Within(at(40), at(60)); len(within) != 2 || within[0].Begin != at(40).UnixMicro() || within[1].End != at(60).UnixMicro() {
		t.Errorf("%v", within)
	}
}
