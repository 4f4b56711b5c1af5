package spool

import (
	"maps"
	"testing"

	"httpd-syslog/forwarder/spool/spooltest"
)

// TestPositions: positions are in the order of frames, and of lines within one; a file that is not named is at its start.
func TestPositions(t *testing.T) {
	order := []Position{{}, {0, 1}, {50, 0}, {50, 2}, {60, 1}}
	for i, p := range order {
		for j, q := range order {
			if p.Before(q) != (i < j) {
				t.Errorf("%v is before %v: %v", p, q, p.Before(q))
			}
		}
	}
	one, two, three := spooltest.FileID(1, 1), spooltest.FileID(1, 2), spooltest.FileID(2, 1)
	low, high := Positions{one: {50, 1}}, Positions{one: {50, 2}, two: {60, 0}}
	for _, tt := range []struct {
		p, q Positions
		want bool
	}{
		{low, low, true}, {high, low, true}, {low, high, false}, {nil, nil, true}, {nil, Positions{one: {}}, true}, {nil, low, false},
		{Positions{one: {70, 0}}, high, false}, {high, Positions{one: {50, 2}, three: {1, 0}}, false},
	} {
		if got := tt.p.Cover(tt.q); got != tt.want {
			t.Errorf("%v covers %v: %v", tt.p, tt.q, got)
		}
	}
	want := Positions{one: {50, 2}, two: {60, 0}, three: {7, 0}}
	other := Positions{one: {40, 9}, three: {7, 0}}
	for _, got := range []Positions{high.Joined(other), other.Joined(high)} {
		if !maps.Equal(got, want) {
			t.Errorf("joined they are %v, want %v", got, want)
		}
	}
	if c := high.Clone(); !maps.Equal(c, high) || len(other) != 2 {
		t.Errorf("a copy is %v, and what was joined is %v", c, other)
	} else if c[one] = (Position{}); high[one] != (Position{50, 2}) {
		t.Error("a copy is the same")
	}
}
