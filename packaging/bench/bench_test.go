package main

import (
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

func TestPerLine(t *testing.T) {
	r := result{lines: 200, wall: time.Second, cpu: 2 * time.Second}
	if wallPerLine(r) != 0.005 || cpuPerLine(r) != 0.01 {
		t.Errorf("per line: %v, %v", wallPerLine(r), cpuPerLine(r))
	}
}

func TestSameLines(t *testing.T) {
	if !sameLines([]byte("a\nb\n"), []byte("b\na\n")) || sameLines([]byte("a\na\n"), []byte("a\nb\n")) {
		t.Error("sameLines does not compare lines in any order")
	}
}
