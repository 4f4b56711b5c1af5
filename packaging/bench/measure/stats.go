package measure

import (
	"math"
	"slices"
	"time"
)

// Median is the middle one of v.
func Median(v []float64) float64 {
	v = slices.Clone(v)
	slices.Sort(v)
	return v[len(v)/2]
}

// Ratio is the median of the ratios round by round, since the machine drifts.
func Ratio(a, b []float64) float64 {
	r := make([]float64, min(len(a), len(b)))
	for i := range r {
		r[i] = a[i] / b[i]
	}
	if len(r) == 0 {
		return 0
	}
	return Median(r)
}

// MeanRatio is the geometric mean of the ratios round by round, and its standard error: NaN of a single round.
func MeanRatio(a, b []float64) (mean, standardError float64) {
	n := float64(min(len(a), len(b)))
	var sum, squares float64
	for i := range int(n) {
		x := math.Log(a[i] / b[i])
		sum, squares = sum+x, squares+x*x
	}
	mean = math.Exp(sum / n)
	return mean, mean * math.Sqrt(max(0, squares-sum*sum/n)/(n-1)/n)
}

// Column is one figure of each result.
func Column[R any](results []R, of func(R) float64) []float64 {
	v := make([]float64, len(results))
	for i, r := range results {
		v[i] = of(r)
	}
	return v
}

// Quantile of sorted latencies.
func Quantile(l []time.Duration, q float64) time.Duration { return l[int(q*float64(len(l)-1))] }

// Milliseconds is a duration in ms.
func Milliseconds(d time.Duration) float64 { return float64(d) / 1e6 }
