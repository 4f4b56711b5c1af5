package measure

import (
	"bytes"
	"math"
	"testing"
)

func TestRatioIsTakenRoundByRound(t *testing.T) {
	if got := Ratio([]float64{2, 30, 8}, []float64{1, 10, 2}); got != 3 {
		t.Errorf("ratio = %v, want 3", got)
	}
	if got := Median([]float64{9, 1, 5}); got != 5 {
		t.Errorf("median = %v, want 5", got)
	}
}

func TestMeanRatio(t *testing.T) {
	mean, e := MeanRatio([]float64{2, 8, 4}, []float64{1, 2, 4})
	if math.Abs(mean-2) > 1e-9 || math.Abs(e-2*math.Ln2/math.Sqrt(3)) > 1e-9 {
		t.Errorf("%v, standard error %v", mean, e)
	}
	if mean, e := MeanRatio([]float64{3}, []float64{2}); mean != 1.5 || !math.IsNaN(e) {
		t.Errorf("of a single round: %v, standard error %v", mean, e)
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

func TestLineMarkIsInEachLineOnce(t *testing.T) {
	b := AccessLines(1000)
	if n := len(LineEnds(b)); n != 1000 || bytes.Count(b, LineMark) != n {
		t.Errorf("%d lines, %d marks", n, bytes.Count(b, LineMark))
	}
	if n := bytes.Count(b, []byte{LineEnd, '\n'}); n != 1000 {
		t.Errorf("%d of 1000 lines end in %q", n, LineEnd)
	}
}

func TestMachineValue(t *testing.T) {
	if got := value("A=1\nPRETTY_NAME=\"Debian 12\"\n", "PRETTY_NAME", "="); got != "Debian 12" {
		t.Errorf("value = %q", got)
	}
}
