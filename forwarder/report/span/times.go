package span

import (
	"cmp"
	"slices"
	"time"
)

// Silence is for how long a service that is well tells nothing: it has a heartbeat every five minutes.
const Silence = 15 * time.Minute

// maxTimes bounds the runs of time that are kept apart.
const maxTimes = 10000

// Run is a time without a silence, from its first to its last moment in microseconds since 1970.
type Run struct{ Begin, End int64 }

// Times are when something was told: moments that are no silence apart are one run.
type Times struct {
	runs   []Run
	silent int64 // in microseconds; 0: Silence
	sorted int   // runs that are in order
}

func (t *Times) silence() int64 { return cmp.Or(t.silent, Silence.Microseconds()) }

// Add adds a moment. Most come soon behind the one before.
func (t *Times) Add(at time.Time) { t.addRun(Run{at.UnixMicro(), at.UnixMicro()}) }

func (t *Times) addRun(r Run) {
	if n := len(t.runs); n > 0 && r.Begin >= t.runs[n-1].Begin && r.Begin <= t.runs[n-1].End+t.silence() {
		t.runs[n-1].End = max(t.runs[n-1].End, r.End)
		return
	}
	t.runs = append(t.runs, r)
	if len(t.runs) >= 2*t.sorted+1000 {
		t.sort()
	}
}

// sort brings the runs into order, apart from each other. Beyond the bound silences must be longer to count.
func (t *Times) sort() {
	for {
		slices.SortFunc(t.runs, func(a, b Run) int { return cmp.Compare(a.Begin, b.Begin) })
		n := 0
		for _, r := range t.runs {
			if n > 0 && r.Begin <= t.runs[n-1].End+t.silence() {
				t.runs[n-1].End = max(t.runs[n-1].End, r.End)
				continue
			}
			t.runs[n] = r
			n++
		}
		t.runs, t.sorted = t.runs[:n], n
		if n <= maxTimes {
			return
		}
		t.silent = 2 * t.silence()
	}
}

// Join adds the runs of others.
func (t *Times) Join(o *Times) {
	t.silent = max(t.silent, o.silent)
	for _, r := range o.runs {
		t.addRun(r)
	}
}

// Runs are the runs, in order.
func (t *Times) Runs() []Run {
	t.sort()
	return t.runs
}

// Gaps are the silences between two moments, both of which count as told.
func (t *Times) Gaps(from, to time.Time) (gaps []Run) {
	t.sort()
	at := from.UnixMicro()
	for _, r := range t.runs {
		if r.End < at {
			continue
		}
		if begin := min(r.Begin, to.UnixMicro()); begin > at+t.silence() {
			gaps = append(gaps, Run{at, begin})
		}
		at = max(at, r.End)
	}
	if end := to.UnixMicro(); end > at+t.silence() {
		gaps = append(gaps, Run{at, end})
	}
	return gaps
}

// Within are the runs, or parts of runs, between two moments.
func (t *Times) Within(from, to time.Time) (parts []Run) {
	t.sort()
	for _, r := range t.runs {
		r.Begin, r.End = max(r.Begin, from.UnixMicro()), min(r.End, to.UnixMicro())
		if r.Begin <= r.End {
			parts = append(parts, r)
		}
	}
	return parts
}

// Day is a day of a zone, counted from 1970.
type Day int32

func DayOf(t time.Time, zone *time.Location) Day {
	y, m, d := t.In(zone).Date()
	return Day(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

func (d Day) String() string { return time.Unix(int64(d)*86400, 0).UTC().Format(time.DateOnly) }

// Days are those that runs of time touch, in order.
func Days(runs []Run, zone *time.Location) (all []Day) {
	for _, r := range runs {
		first, last := DayOf(time.UnixMicro(r.Begin), zone), DayOf(time.UnixMicro(r.End), zone)
		if n := len(all); n > 0 && first <= all[n-1] {
			first = all[n-1] + 1
		}
		for d := first; d <= last && len(all) < MaxDays; d++ {
			all = append(all, d)
		}
	}
	return all
}

// MaxDays bounds the days of a report: a clock that was wrong can have told of any time.
const MaxDays = 40000

// SayDays says days in few words: runs of them.
func SayDays(all []Day) string {
	const most = 12
	text, n := "", 0
	for i := 0; i < len(all); {
		j := i
		for j+1 < len(all) && all[j+1] == all[j]+1 {
			j++
		}
		if n == most {
			return text + " and others"
		}
		if n++; text != "" {
			text += ", "
		}
		text += all[i].String()
		if j > i {
			text += " to " + all[j].String()
		}
		i = j + 1
	}
	return text
}
