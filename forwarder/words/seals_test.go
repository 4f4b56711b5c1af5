package words

import (
	"strings"
	"testing"
	"time"

	"httpd-syslog/forwarder/status"
)

// TestSeals: which seal was the last, and since when lines wait for one.
func TestSeals(t *testing.T) {
	now := time.Now()
	st := &status.Status{Time: now, Delivery: status.Delivery{Running: true}}
	for _, tt := range []struct {
		s       *status.Seals
		want    string
		finding bool
	}{
		{nil, "", false},
		{&status.Seals{}, "none yet", false},
		{&status.Seals{Chain: "aa", N: 1812, At: now.Add(-40 * time.Second)}, "seal 1,812, 40s ago, of chain aa", false},
		{&status.Seals{Chain: "aa", N: 1, At: now.Add(-time.Hour), Since: now.Add(-11 * time.Minute)}, "seal 1, 1h ago, of chain aa; lines not sealed for 11m", true},
		{&status.Seals{Chain: "aa", N: 1, At: now.Add(-time.Hour), Since: now.Add(-11 * time.Minute), Every: 10 * time.Minute}, "seal 1, 1h ago, of chain aa; lines not sealed for 11m", false},
		{&status.Seals{Chain: "\x1b", N: 1, At: now, Since: now.Add(-10 * time.Minute)}, `seal 1, 0s ago, of chain \x1b; lines not sealed for 10m`, true},
		{&status.Seals{Chain: "aa", N: 1, At: now, Since: now.Add(time.Second - 10*time.Minute)}, "seal 1, 0s ago, of chain aa; lines not sealed for 9m 59s", false},
		{&status.Seals{Chain: "aa", N: 1, At: now, Since: now.Add(-40 * time.Minute), Every: 20 * time.Minute}, "seal 1, 0s ago, of chain aa; lines not sealed for 40m", true},
	} {
		st.Local.Seals = tt.s
		found := false
		for _, f := range Findings(st) {
			if f.What != "lines are not sealed" || f.Level != Warning {
				continue
			}
			found = true
			if _, since, _ := strings.Cut(tt.want, "lines not sealed for "); !strings.HasPrefix(f.Detail, "for "+since+";") {
				t.Errorf("%q, want %q", f.Detail, since)
			}
		}
		if got := Seals(st); got != tt.want || found != tt.finding {
			t.Errorf("%q, want %q; finding: %v", got, tt.want, found)
		}
	}
}
