package words

import (
	"fmt"
	"math"

	"httpd-syslog/forwarder/status"
)

// Within returns the least bound, in seconds, within which a share of what a
// Latency counts was accepted. It is +Inf above the last bound, and not ok where
// nothing was counted.
func Within(l *status.Latency, share float64) (seconds float64, ok bool) {
	var all, sum uint64
	for _, n := range l.Counts {
		all += n
	}
	if all == 0 {
		return 0, false
	}
	for i, bound := range status.LatencyBounds {
		if sum += l.Counts[i]; float64(sum) >= share*float64(all) {
			return bound, true
		}
	}
	return math.Inf(1), true
}

// Bound writes what Within returns.
func Bound(seconds float64) string {
	last := status.LatencyBounds[len(status.LatencyBounds)-1]
	if seconds > last {
		return "> " + withUnit(last)
	}
	return "≤ " + withUnit(seconds)
}

func withUnit(s float64) string {
	switch {
	case s >= 3600:
		return fmt.Sprintf("%g h", s/3600)
	case s >= 60:
		return fmt.Sprintf("%g min", s/60)
	case s >= 1:
		return fmt.Sprintf("%g s", s)
	}
	return fmt.Sprintf("%g ms", s*1000)
}
