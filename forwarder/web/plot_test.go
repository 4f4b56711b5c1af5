package web

import (
	"strings"
	"testing"
	"time"
)

// series makes values five seconds apart, the last of them now.
func series(now time.Time, vs ...float64) (all []value) {
	for i, v := range vs {
		all = append(all, value{now.Add(-time.Duration(len(vs)-1-i) * every), v})
	}
	return all
}

func TestPlot(t *testing.T) {
	p := newPlot("backlog", "Lines that wait", "lines", series(start, 0, 50, 100, 25), start, whole)
	if p.Top != "100" || p.Min != "0" || p.Max != "100" || p.Now != "25" {
		t.Errorf("%+v", p)
	}
	if want := "M585.0 100.0L590.0 50.0L595.0 0.0L600.0 75.0"; p.Line != want {
		t.Errorf("line %s, want %s", p.Line, want)
	}
	if want := p.Line + "L600.0 100L585.0 100Z"; p.Area != want {
		t.Errorf("area %s, want %s", p.Area, want)
	}
	if want := "Lines that wait over the last ten minutes: least 0, most 100, now 25 lines"; p.Alt() != want {
		t.Errorf("alt %q, want %q", p.Alt(), want)
	}
}

func TestPlotOfNothing(t *testing.T) {
	p := newPlot("rate", "Rate", "lines/s", nil, start, whole)
	if p.Line != "" || p.Alt() != "Rate: no figures yet" {
		t.Errorf("%+v, %q", p, p.Alt())
	}
	if p = newPlot("rate", "Rate", "lines/s", series(start, 0, 0), start, whole); p.Top != "" || p.Now != "0" {
		t.Errorf("%+v", p)
	}
}

// TestPlotHasGaps holds that time without samples is not bridged, and that what is too
// old is left out.
func TestPlotHasGaps(t *testing.T) {
	old := series(start.Add(-span-time.Minute), 7_000)
	before, after := series(start.Add(-time.Minute), 1, 2), series(start, 3)
	p := newPlot("rate", "Rate", "lines/s", append(append(old, before...), after...), start, whole)
	if n := strings.Count(p.Line, "M"); n != 2 {
		t.Errorf("%d pieces, want 2: %s", n, p.Line)
	}
	if p.Max != "3" {
		t.Errorf("most %s, want 3", p.Max)
	}
}

func TestRoundUp(t *testing.T) {
	for v, want := range map[float64]float64{0: 10, 3: 10, 10: 10, 11: 20, 20: 20, 21: 50, 51: 100, 100: 100, 1_234_567: 2_000_000, 9e9: 1e10} {
		if got := roundUp(v); got != want {
			t.Errorf("roundUp(%v) = %v, want %v", v, got, want)
		}
	}
}

func TestStreamRates(t *testing.T) {
	var h history
	for _, c := range []struct {
		after time.Duration
		lines uint64
	}{
		{0, 1000}, {every, 1500}, {2 * every, 1500},
		{3 * every, 10},         // a new state directory
		{10 * time.Minute, 999}, // after a gap
		{10*time.Minute + every, 1024},
	} {
		st := healthy(c.after)
		st.Streams[0].Lines = c.lines
		h.add(&st)
	}
	var got []float64
	for _, v := range streamRates(h.all(), "access") {
		got = append(got, v.v)
	}
	if len(got) != 3 || got[0] != 100 || got[1] != 0 || got[2] != 5 {
		t.Errorf("rates %v, want 100, 0, 5", got)
	}
	if none := streamRates(h.all(), "other"); none != nil {
		t.Errorf("rates of no stream: %v", none)
	}
}

// TestHistoryAfterTheClockWasSetBack holds that time goes forward in it.
func TestHistoryAfterTheClockWasSetBack(t *testing.T) {
	var h history
	for _, after := range []time.Duration{0, every, time.Hour, time.Hour + every, 2 * every, 3 * every} {
		st := healthy(after)
		h.add(&st)
	}
	var got []time.Duration
	for _, s := range h.all() {
		got = append(got, s.at.Sub(start))
	}
	if len(got) != 2 || got[0] != 2*every || got[1] != 3*every {
		t.Errorf("samples at %v", got)
	}
}

// TestPlotEndsWithNow holds that a plot is not behind what is said beside it.
func TestPlotEndsWithNow(t *testing.T) {
	st := down(time.Minute, 7)
	server := New(Options{Status: fixed(st)})
	for after := time.Duration(0); after < time.Minute; after += every {
		earlier := down(after, 18_809)
		server.history.add(&earlier)
	}
	v := server.view(&st, nil)
	if got := v.Relays[0].Backlog; got.Now != "7" || got.Max != "18,809" {
		t.Errorf("now %s, most %s, want 7 and 18,809", got.Now, got.Max)
	}
	if n := len(server.history.all()); n != int(time.Minute/every) {
		t.Errorf("a look at the page has left a sample: %d", n)
	}
}
