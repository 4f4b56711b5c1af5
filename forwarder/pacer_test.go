package forwarder

import (
	"errors"
	"testing"
	"time"
)

// TestPacerKeepsItsRate: over any time no more than the rate and one burst pass.
func TestPacerKeepsItsRate(t *testing.T) {
	for _, rate := range []int{1, 10, 1000, 20000, 1000000} {
		p := newPacer(rate)
		start := time.Unix(0, 0)
		now, passed := start, 0
		for range 10000 {
			d := p.take(p.burst, now)
			if d <= 0 {
				passed += p.burst
				continue
			}
			now = now.Add(d)
		}
		most := now.Sub(start).Seconds()*float64(rate) + float64(p.burst)
		if float64(passed) > most+1 || float64(passed) < 0.98*most-float64(p.burst) {
			t.Errorf("%d a second: %d messages in %v", rate, passed, now.Sub(start))
		}
	}
	if newPacer(0) != nil {
		t.Error("no rate is a limit")
	}
}

// TestPacerLooksAround: a slow pace does not keep a relay from its other work.
func TestPacerLooksAround(t *testing.T) {
	p := newPacer(1)
	enough := errors.New("enough")
	if err := p.wait(1, func() error { return nil }); err != nil {
		t.Fatal(err)
	}
	if err := p.wait(1, func() error { return enough }); err != enough {
		t.Errorf("wait ends with %v", err)
	}
}
