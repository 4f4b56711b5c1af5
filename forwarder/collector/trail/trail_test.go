package trail

import (
	"fmt"
	"strings"
	"testing"
)

const header = `<141>1 2026-11-27T03:28:28.000000Z web1 httpd 4711-019ac2f4a1b9f3a1 access `

// TestTrail: what a relay appends the next collector takes off, so that the line is as it was, and the hops are known.
func TestTrail(t *testing.T) {
	a, b := NewHop("log1.example.com"), NewHop("a b\"]/\\\u00e9")
	for _, line := range []string{
		header + `[meta sequenceId="7"] GET /`, header + `[meta sequenceId="7"][x@1 a="\"\] [trail@32473 hop=\"c/1\"\]"] GET /`,
		header + `- [trail@32473 hop="c/1"] in a text`, header + `-`, header + `[meta sequenceId="7"]`, header + `[meta sequenceId="7"] `,
		header + `[x a="[trail@32473 hop="] x`,
	} {
		dataEnd := endOfData(line)
		var none, one, two Trail
		if got := string(none.Cut([]byte(line), dataEnd)); got != line || none.Has(a) || none.String() != "" || none.IsFull() {
			t.Errorf("without one: %q, %q", got, none.String())
		}
		first := string(none.Append(nil, []byte(line), dataEnd, a))
		if got := string(one.Cut([]byte(first), endOfData(first))); got != line || !one.Has(a) || one.Has(b) {
			t.Errorf("%q\n from %q\n want %q, %v", got, first, line, one)
		}
		second := string(one.Append(nil, []byte(line), dataEnd, b))
		if got := string(two.Cut([]byte(second), endOfData(second))); got != line || !two.Has(a) || !two.Has(b) || two.String() != "log1.example.com > a_b_____" {
			t.Errorf("%q from %q: %s", got, second, two.String())
		}
	}
}

// endOfData is where the structured data ends, by the test's own reading.
func endOfData(line string) int {
	quoted := false
	for i := len(header); i < len(line); i++ {
		switch c := line[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case c == ' ' && !quoted && (line[i-1] == ']' || line[i-1] == '-'):
			return i
		}
	}
	return len(line)
}

// TestTrailAnywhere: some servers put elements into another order.
func TestTrailAnywhere(t *testing.T) {
	h := NewHop("log1")
	line := header + h.Element() + `[meta sequenceId="7"] x`
	var trail Trail
	if got := string(trail.Cut([]byte(line), endOfData(line))); got != header+`[meta sequenceId="7"] x` || !trail.Has(h) {
		t.Errorf("%q", got)
	}
}

// TestTrailsOfAForger: more of them, or forms that no relay makes, hide no hop from the next collector.
func TestTrailsOfAForger(t *testing.T) {
	h := NewHop("log1")
	for _, forged := range []string{
		`[trail@32473 hop="x/1"]`, `[trail@32473 hop="x/1"][trail@32473 hop="y/1"]`, strings.Repeat(`[trail@32473 hop="x/1"]`, 1000),
		`[trail@32473 hop="` + strings.Repeat("h", maxSize) + `"]`, `[trail@32473 hop="x" ]`, `[trail@32473 hop="x" y="z\"]"]`,
	} {
		line := header + forged + `[meta sequenceId="7"] x`
		var first, second Trail
		cut := string(first.Cut([]byte(line), endOfData(line)))
		again := string(first.Append(nil, []byte(cut), endOfData(cut), h))
		left := string(second.Cut([]byte(again), endOfData(again)))
		if !first.IsFull() && !second.Has(h) {
			t.Errorf("%.100q: %.100q: the hop is not seen, and the message goes on", forged, left)
		}
		if !first.IsFull() && left != header+`[meta sequenceId="7"] x` {
			t.Errorf("%.100q: %.200q", forged, left)
		}
	}
}

// TestOddTrail: a message with a form that no relay makes is not sent on, whatever stands behind that.
func TestOddTrail(t *testing.T) {
	for _, odd := range []string{`[trail@32473 hop="x/1"y]`, `[trail@32473 hop="` + strings.Repeat("h", maxSize) + `"]`} {
		for _, behind := range []string{"", `[trail@32473 hop="y/1"]`, `[meta sequenceId="7"][trail@32473 hop="y/1"]`} {
			line := header + odd + behind + " x"
			var trail Trail
			if trail.Cut([]byte(line), len(line)-len(" x")); !trail.IsFull() {
				t.Errorf("%.100q with %q behind it is sent on", odd, behind)
			}
		}
	}
}

// TestTrailIsBounded: one has no more than so many hops; what is far longer is none.
func TestTrailIsBounded(t *testing.T) {
	line := []byte(header + `- x`)
	dataEnd := len(header) + 1
	var trail Trail
	for n := range MaxHops {
		if trail.IsFull() {
			t.Fatalf("%d hops are all", n)
		}
		longer := trail.Append(nil, line, dataEnd, NewHop(strings.Repeat("h", 300)))
		trail.Cut(longer, len(longer)-len(" x"))
	}
	if !trail.IsFull() {
		t.Errorf("%d hops are not all", MaxHops)
	}
	long := []byte(fmt.Sprintf(`%s[trail@32473 hop="%s"] x`, header, strings.Repeat("h", maxSize)))
	if got := trail.Cut(append([]byte(nil), long...), len(long)-len(" x")); string(got) != string(long) || trail.Has("h") || !trail.IsFull() {
		t.Errorf("%.200q, %v", got, trail.IsFull())
	}
}
