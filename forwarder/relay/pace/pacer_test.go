package pace

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// TestPacerKeepsItsRate: over any time no more than the rate and one burst pass.
func TestPacerKeepsItsRate(t *testing.T) {
	for _, rate := range []int{1, 10, 1000, 20000, 1000000} {
		p := NewPacer(rate)
		start := time.Unix(0, 0)
		now, passed := start, 0
		for range 10000 {
			d := p.pass(p.Burst, now)
			if d <= 0 {
				passed += p.Burst
				continue
			}
			now = now.Add(d)
		}
		most := now.Sub(start).Seconds()*float64(rate) + float64(p.Burst)
		if float64(passed) > most+1 || float64(passed) < 0.98*most-float64(p.Burst) {
			t.Errorf("%d a second: %d messages in %v", rate, passed, now.Sub(start))
		}
	}
	if NewPacer(0) != nil {
		t.Error("no rate is a limit")
	}
}

// TestPacerLooksAround: a slow pace does not keep a relay from its other work.
func TestPacerLooksAround(t *testing.T) {
	p := NewPacer(1)
	enough := errors.New("enough")
	if err := p.Wait(1, func() error { return nil }); err != nil {
		t.Fatal(err)
	}
	if err := p.Wait(1, func() error { return enough }); err != enough {
		t.Errorf("wait ends with %v", err)
	}
}

// TestPacerCalls: while it waits, a relay does its other work once a second, and no more often, however short each
// wait is; what passes at the begin is one burst.
func TestPacerCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, begun, calls := NewPacer(2000), time.Now(), 0
		for range 1 + 5*2000/p.Burst {
			if err := p.Wait(p.Burst, func() error { calls++; return nil }); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(begun).Round(time.Second / 10); took != 5*time.Second || calls < 5 || calls > 6 {
			t.Errorf("%d calls in %v", calls, took)
		}
		p, begun, calls = NewPacer(1), time.Now(), 0
		for range 3 {
			if err := p.Wait(1, func() error { calls++; return nil }); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(begun).Round(time.Second / 10); took != 2*time.Second || calls != 3 {
			t.Errorf("one a second: %d calls in %v", calls, took)
		}
	})
}
