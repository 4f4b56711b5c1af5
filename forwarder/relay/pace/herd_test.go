package pace

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// TestThunderingHerd: 1,000 relays lose one server at the same moment. When it
// returns they do not fall on it together: in no second are there more attempts than
// relays, and after an outage of ten seconds or more than a fifth, of a minute or
// more than a tenth of that. Time is simulated; what decides is the real backoff.
func TestThunderingHerd(t *testing.T) {
	const relays = 1000
	for away, most := range map[time.Duration]int{
		100 * time.Millisecond: relays,
		time.Second:            relays,
		10 * time.Second:       relays / 5,
		time.Minute:            relays / 10,
		time.Hour:              relays / 10,
	} {
		r := rand.New(rand.NewPCG(1, uint64(away)))
		var after []time.Duration // attempts once the server is back, since then
		for range relays {
			b := Backoff{random: r.Int64N}
			at := b.Next()
			for at < away {
				at += b.Next()
			}
			after = append(after, at-away)
		}
		slices.Sort(after)
		worst := 0
		for i, from := range after {
			n := 0
			for n = i; n < len(after) && after[n] < from+time.Second; n++ {
			}
			worst = max(worst, n-i)
		}
		t.Logf("away for %v: all are back after %v, at most %d attempts in a second", away, after[len(after)-1].Round(time.Millisecond), worst)
		if worst > most || after[len(after)-1] > Max {
			t.Errorf("away for %v: %d attempts in a second, want at most %d", away, worst, most)
		}
	}
}
