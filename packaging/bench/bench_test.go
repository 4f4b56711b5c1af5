package main

import (
	"bytes"
	"testing"
	"time"
)

func TestFrame(t *testing.T) {
	for _, tc := range []struct {
		in, message, rest string
		ok                bool
	}{
		{"5 <1>ab6 <1>cde", "<1>ab", "6 <1>cde", true},
		{"6 <1>ab", "", "6 <1>ab", false},
		{"12", "", "12", false},
		{"1 <2 <1>x\n", "<", "2 <1>x\n", true},
		{"www line\nnext", "www line", "next", true},
		{"<13>line\n", "<13>line", "", true},
		{"www li", "", "www li", false},
	} {
		m, rest, ok := frame([]byte(tc.in))
		if string(m) != tc.message || string(rest) != tc.rest || ok != tc.ok {
			t.Errorf("frame(%q) = %q, %q, %v", tc.in, m, rest, ok)
		}
	}
}

func TestRatioIsTakenRoundByRound(t *testing.T) {
	if got := ratio([]float64{2, 30, 8}, []float64{1, 10, 2}); got != 3 {
		t.Errorf("ratio = %v, want 3", got)
	}
	if got := median([]float64{9, 1, 5}); got != 5 {
		t.Errorf("median = %v, want 5", got)
	}
}

func TestPerLine(t *testing.T) {
	r := result{lines: 200, wall: time.Second, cpu: 2 * time.Second}
	if wallPerLine(r) != 0.005 || cpuPerLine(r) != 0.01 {
		t.Errorf("per line: %v, %v", wallPerLine(r), cpuPerLine(r))
	}
}

func TestStatFields(t *testing.T) {
	f := statFields([]byte("12 (a) (b) S 7 12 12 0 -1 4194560 1 0 0 0 30 4"))
	if f[1] != "7" || f[11] != "30" || f[12] != "4" {
		t.Errorf("statFields = %q", f)
	}
}

func TestStatusNumber(t *testing.T) {
	text := []byte("Name:\tx\nVmHWM:\t  2048 kB\nVmRSS:\t  1024 kB\nvoluntary_ctxt_switches:\t31\nnonvoluntary_ctxt_switches:\t9\n")
	for key, want := range map[string]int{"VmHWM": 2048, "VmRSS": 1024, "voluntary_ctxt_switches": 31, "VmSwap": 0} {
		if got := statusNumber(text, key); got != want {
			t.Errorf("%s = %d, want %d", key, got, want)
		}
	}
}

func TestSameLines(t *testing.T) {
	if !sameLines([]byte("a\nb\n"), []byte("b\na\n")) || sameLines([]byte("a\na\n"), []byte("a\nb\n")) {
		t.Error("sameLines does not compare lines in any order")
	}
}

func TestLineMarkIsInEachLineOnce(t *testing.T) {
	b := accessLines(1000)
	if n := len(lineEnds(b)); n != 1000 || bytes.Count(b, lineMark) != n {
		t.Errorf("%d lines, %d marks", n, bytes.Count(b, lineMark))
	}
	if n := bytes.Count(b, []byte{lineEnd, '\n'}); n != 1000 {
		t.Errorf("%d of 1000 lines end in %q", n, lineEnd)
	}
}

func TestMachineValue(t *testing.T) {
	if got := value("A=1\nPRETTY_NAME=\"Debian 12\"\n", "PRETTY_NAME", "="); got != "Debian 12" {
		t.Errorf("value = %q", got)
	}
}
