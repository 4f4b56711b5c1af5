package cardnumber

import (
	"bytes"
	"testing"
)

// FuzzTruncate: the length stays; a second time there is nothing to do; only what is counted
// changes, into stars; lines at once are as each alone; the fast look finds no less than a look
// at every run of digits.
func FuzzTruncate(f *testing.F) {
	for _, name := range []string{"cardnumbers.tsv", "rules.tsv"} {
		for i, r := range rows(f, name) {
			if i%10 == 0 {
				f.Add([]byte(r.in+"\n"+r.in), false)
			}
		}
	}
	for unit := range worst {
		f.Add(bytes.Repeat([]byte(worst[unit]), 8), true)
	}
	f.Fuzz(func(t *testing.T, in []byte, zero bool) {
		rules := Rules{}
		if zero {
			rules.Keep = Keep0And4
		}
		out := bytes.Clone(in)
		n := New(rules).Truncate(out)
		holds(t, in, out, n)
		again := bytes.Clone(out)
		if New(rules).Truncate(again); !bytes.Equal(again, out) {
			t.Errorf("%q\n  once %q\n twice %q", in, out, again)
		}
		slow := bytes.Clone(in)
		truncateSlowly(New(rules), slow)
		if !bytes.Equal(slow, out) {
			t.Errorf("%q\n fast %q\n slow %q", in, out, slow)
		}
		cut := bytes.Clone(in)
		New(rules).CutTail(cut)
		for i := range in {
			if cut[i] != in[i] && cut[i] != '*' {
				t.Errorf("%q cut: %q", in, cut)
			}
		}
		for _, s := range New(rules).Find(nil, in) {
			if s.Begin < 0 || s.End <= s.Begin || s.End > len(in) || s.Network == 0 {
				t.Errorf("%q: %+v", in, s)
			}
		}
		var lines []byte
		for _, line := range bytes.SplitAfter(bytes.Clone(in), []byte("\n")) {
			New(rules).Truncate(line)
			lines = append(lines, line...)
		}
		if !bytes.Equal(lines, out) {
			t.Errorf("%q\n at once %q\n by line %q", in, out, lines)
		}
	})
}

func holds(t *testing.T, in, out []byte, n int) {
	t.Helper()
	if c := New(Rules{}).Count(in); c != n {
		t.Errorf("%q: %d counted, %d truncated", in, c, n)
	}
	for i := range in {
		if out[i] != in[i] && out[i] != '*' {
			t.Errorf("%q: byte %d is %q", in, i, out[i])
		}
	}
	if n == 0 && !bytes.Equal(in, out) {
		t.Errorf("%q: nothing found, and %q", in, out)
	}
}

// truncateSlowly is Truncate with a look at every run of digits.
func truncateSlowly(f *Finder, b []byte) {
	f.write, f.w.b, f.base = true, b, 0
	for i := 0; i < len(b); {
		if isDigit(b[i]) {
			i = f.chain(b, i)
		} else {
			i++
		}
	}
	f.codes(b)
}
