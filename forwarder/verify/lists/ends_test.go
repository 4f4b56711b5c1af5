package lists_test

import (
	"context"
	"errors"
	"path/filepath"
	"testing"

	"httpd-syslog/forwarder/testbed"
	"httpd-syslog/forwarder/verify/finding"
	"httpd-syslog/forwarder/verify/ledger"
	"httpd-syslog/forwarder/verify/lists"
)

// TestEndsAnywhere: whenever a check of lists is ended it says so, and never that there is nothing to find.
func TestEndsAnywhere(t *testing.T) {
	c := newCentre(t)
	text := testbed.ReadFile(t, c.path(first))
	c.pack(first)
	testbed.WriteFile(t, c.path(first), text) // there twice
	for n := 0; ; n++ {
		ctx := testbed.EndingAt(t, n)
		err := lists.Check(ctx, lists.Options{
			Paths: []string{filepath.Join(c.dir, "central")}, Central: &ledger.New().Central, Report: &finding.Report{}, Now: c.now,
		})
		if !ctx.Ended() {
			t.Logf("it looks %d times: %v", n, err)
			break
		}
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("ended when it looks for the time %d: %v", n, err)
		}
	}
}
