package measure

import (
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
