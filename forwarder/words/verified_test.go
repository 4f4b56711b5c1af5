package words

import (
	"strings"
	"testing"
	"time"

	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/status"
)

// TestVerified: what the last daily check has come to, and what of that is worth a finding.
func TestVerified(t *testing.T) {
	now := time.Unix(1e9, 0)
	for _, tt := range []struct {
		v       *statedir.Verified
		want    string
		finding string
	}{
		{nil, "", ""},
		{&statedir.Verified{At: now.Add(-time.Hour), Good: now.Add(-time.Hour), Result: "9 of 9 lines checked."}, "1h ago: 9 of 9 lines checked.", ""},
		{&statedir.Verified{At: now.Add(-time.Hour), Good: now.Add(-25 * time.Hour), Exit: 1, Findings: 1200, Result: "bad\x1b"}, `1h ago: bad\x1b; the last run that found nothing was 1d 1h ago`, "local files are not as they were sealed: 1,200 findings 1h ago; httpd_syslog verify tells all of them"},
		{&statedir.Verified{At: now.Add(-time.Hour), Exit: 2, Result: "none"}, "1h ago: none", "not all local files could be checked: 1h ago; httpd_syslog verify says which"},
	} {
		st := &status.Status{Time: now, Verified: tt.v}
		var found []string
		for _, f := range verified(st) {
			found = append(found, f.What+": "+f.Detail)
		}
		if got := Verified(st); got != tt.want || strings.Join(found, "\n") != tt.finding {
			t.Errorf("%+v: %q, %q", tt.v, got, found)
		}
	}
}
