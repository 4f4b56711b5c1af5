package web

import (
	"image/color"
	"math"
	"testing"
)

// TestContrast holds the page's colours to WCAG 2.2 AA: 4.5 to 1 for text, 3 to 1 for
// the lines of plots.
func TestContrast(t *testing.T) {
	for _, c := range []struct {
		front, back string
		least       float64
	}{
		{"text", "ground", 4.5}, {"text", "card", 4.5}, {"soft", "ground", 4.5}, {"soft", "card", 4.5},
		{"link", "ground", 4.5}, {"failing", "card", 4.5},
		{"ok", "ok-ground", 4.5}, {"waiting", "waiting-ground", 4.5}, {"failing", "failing-ground", 4.5}, {"idle", "idle-ground", 4.5},
		{"text", "ok-ground", 4.5}, {"text", "waiting-ground", 4.5}, {"text", "failing-ground", 4.5},
		{"soft", "backlog-area", 4.5}, {"soft", "rate-area", 4.5}, // figures may lie on a plot
		{"backlog", "card", 3}, {"rate", "card", 3},
	} {
		for _, dark := range []bool{false, true} {
			got := contrast(cssColor(t, c.front, dark), cssColor(t, c.back, dark))
			if got < c.least {
				t.Errorf("%s on %s, dark %t: contrast %.2f, want %.1f", c.front, c.back, dark, got, c.least)
			}
		}
	}
}

// contrast is as WCAG 2.2 defines it.
func contrast(a, b color.RGBA) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + .05) / (min(x, y) + .05)
}

func luminance(c color.RGBA) float64 {
	linear := func(v uint8) float64 {
		s := float64(v) / 255
		if s <= .04045 {
			return s / 12.92
		}
		return math.Pow((s+.055)/1.055, 2.4)
	}
	return .2126*linear(c.R) + .7152*linear(c.G) + .0722*linear(c.B)
}
