package report

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"httpd-syslog/forwarder/event"
)

var noon = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)

// TestSentence: the first sentence, and the exit status, say how it is.
func TestSentence(t *testing.T) {
	t.Parallel()
	statement := func(open bool) Statement { return Statement{Open: open} }
	for name, c := range map[string]struct {
		change func(*Report)
		want   string
		exit   int
	}{
		"in order":       {func(*Report) {}, "host a, 1 event: all in order.", OK},
		"something over": {func(r *Report) { r.Exceptions = []Statement{statement(false)} }, "all in order; 1 exception told of that is over or explained.", OK},
		"one open":       {func(r *Report) { r.Exceptions = []Statement{statement(true)} }, "1 thing is open.", Open},
		"both": {func(r *Report) {
			r.Exceptions = []Statement{statement(true), statement(true), statement(false), statement(false)}
		}, "2 things are open; 2 exceptions told of that are over or explained.", Open},
		"unread":          {func(r *Report) { r.Unread = []string{"x"} }, "nothing is open in what could be read. 1 thing could not be read.", Unread},
		"unread and open": {func(r *Report) { r.Unread, r.Exceptions = []string{"x", "y"}, []Statement{statement(true)} }, "1 thing is open. 2 things could not be read.", Open},
		"nothing":         {func(r *Report) { r.Unread, r.Hosts, r.Events = []string{"x"}, nil, 0 }, "no host, 0 events: nothing can be said. 1 thing could not be read.", Unread},
		"asked":           {func(r *Report) { r.Unread, r.Hosts, r.Asked = []string{"x"}, nil, []string{"b", "c"} }, "host b, c, 1 event:", Unread},
		"many":            {func(r *Report) { r.Hosts, r.Events = make([]Host, 14), 1234567 }, "14 hosts, 1,234,567 events: all", OK},
	} {
		r := &Report{From: noon, To: noon.Add(time.Hour), Zone: time.UTC, Hosts: []Host{{Name: "a"}}, Events: 1}
		c.change(r)
		if !strings.Contains(r.Sentence(), c.want) || r.Exit() != c.exit {
			t.Errorf("%s: exit %d: %q", name, r.Exit(), r.Sentence())
		}
	}
}

// TestPeriod: whole days are days.
func TestPeriod(t *testing.T) {
	t.Parallel()
	day := time.Date(2026, 3, 10, 0, 0, 0, 0, time.UTC)
	for want, p := range map[string][2]time.Time{
		"2026-03-10":                                 {day, day.AddDate(0, 0, 1)},
		"2026-03-10 to 2026-03-11":                   {day, day.AddDate(0, 0, 2)},
		"2026-03-10 to 2026-03-10 12:00:00":          {day, noon},
		"2026-03-10 12:00:00 to 2026-03-10 13:00:00": {noon, noon.Add(time.Hour)},
	} {
		if r := (&Report{From: p[0], To: p[1], Zone: time.UTC}); r.Period() != want {
			t.Errorf("%q, not %q", r.Period(), want)
		}
	}
}

// TestNeedsNote: severity, length and what was noted decide.
func TestNeedsNote(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		kind  *event.Kind
		took  time.Duration
		notes []Note
		want  bool
	}{
		"short warning": {&event.RelayDown, time.Minute, nil, false}, "long warning": {&event.RelayDown, 15 * time.Minute, nil, true}, "short alert": {&event.DiskFull, time.Second, nil, true},
		"open": {&event.DiskFull, 0, nil, false}, "noted": {&event.DiskFull, time.Second, []Note{{Cause: "a", Remedy: "b"}}, false}, "half": {&event.DiskFull, time.Second, []Note{{Cause: "a"}}, true},
		"by two": {&event.DiskFull, time.Second, []Note{{Cause: "a"}, {Remedy: "b"}}, false},
	} {
		in := Incident{Code: c.kind.Code, Begin: noon, Notes: c.notes}
		if c.took > 0 {
			in.End = noon.Add(c.took)
		}
		if in.NeedsNote() != c.want {
			t.Errorf("%s: %t", name, in.NeedsNote())
		}
	}
	if in := (&Incident{Code: "of.a_newer_version", Begin: noon, End: noon.Add(time.Second)}); !in.NeedsNote() {
		t.Error("nobody knows how bad it was")
	}
}

// TestWords: numbers, things and durations as people read them.
func TestWords(t *testing.T) {
	t.Parallel()
	for got, want := range map[string]string{
		Count(1, "file"): "1 file", Count(0, "day"): "0 days", Count(2, "directory"): "2 directories", Count(1234567, "line"): "1,234,567 lines",
		CountAre(1, "incident"): "1 incident is", CountAre(2, "incident"): "2 incidents are", Count(3, "exit of a process"): "3 exits of a process",
		Lasted(0): "0s", Lasted(59 * time.Second): "59s", Lasted(time.Minute): "1m", Lasted(3*time.Hour + 12*time.Minute + 29*time.Second): "3h 12m", Lasted(49 * time.Hour): "2d 1h",
		Group(999): "999", Group(1000): "1,000",
	} {
		if got != want {
			t.Errorf("%q, not %q", got, want)
		}
	}
}

// TestJSON is ASCII, whole, and reads back; lists are never null.
func TestJSON(t *testing.T) {
	t.Parallel()
	zone := time.FixedZone("x", 3600)
	r := &Report{From: noon, To: noon.Add(time.Hour), Made: noon, Zone: zone, ZoneName: "é\x1b\U0001f600", Hosts: []Host{{Name: "a\u202e"}}, Exceptions: []Statement{{Code: "c", Say: "s", Refs: []Ref{{File: "f", Line: 1, Time: noon}}}}}
	var b strings.Builder
	if err := r.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	for _, c := range b.String() {
		if c != '\n' && (c < ' ' || c > '~') {
			t.Errorf("%q in JSON", c)
		}
	}
	for _, want := range []string{`"from": "2026-03-10T13:00:00+01:00"`, `"incidents": []`, `"unread": []`, `"requirements": []`, `"exit": 0`, `"result": "2026`} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("there is no %s in %s", want, b.String())
		}
	}
	var back Report
	if err := json.Unmarshal([]byte(b.String()), &back); err != nil || back.Hosts[0].Name != "a\u202e" || back.ZoneName != r.ZoneName {
		t.Errorf("%v, %+v", err, back)
	}
}

// TestRefs: an event has one number, and the directory is that of all.
func TestRefs(t *testing.T) {
	t.Parallel()
	var l Refs
	for i, file := range []string{"/a/b/c", "/a/b/d/e", "/a/b/c"} {
		if n := l.Number(Ref{File: file}); n != []int{1, 2, 1}[i] {
			t.Errorf("%s has number %d", file, n)
		}
	}
	if l.Dir() != "/a/b" {
		t.Error(l.Dir())
	}
	l.Number(Ref{File: "/x"})
	if l.Dir() != "" {
		t.Error(l.Dir())
	}
}
