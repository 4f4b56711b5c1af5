package pace

import (
	"errors"
	"testing"
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
