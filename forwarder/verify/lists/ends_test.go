package lists_test

import (
	"context"
	"errors"
	"path/filepath"
	"testing"

	"httpd-syslog/forwarder/testbed"
	"httpd-syslog/forwarder/verify"
	"httpd-syslog/forwarder/verify/finding"
)

// TestEndsAnywhere: whenever a check of lists is ended it says so, and has no report.
func TestEndsAnywhere(t *testing.T) {
	c := newCentre(t)
	text := testbed.ReadFile(t, c.path(first))
	c.pack(first)
	testbed.WriteFile(t, c.path(first), text) // there twice
	for n := 0; ; n++ {
		ctx := testbed.EndingAt(t, n)
		report, err := verify.Run(ctx, verify.Options{Central: []string{filepath.Join(c.dir, "central")}, Now: c.now})
		if !ctx.Ended() {
			if err != nil || report.Exit() != finding.OK {
				t.Errorf("not ended: %+v, %v", report, err)
			}
			t.Logf("it looks %d times", n)
			break
		}
		if !errors.Is(err, context.Canceled) || report != nil {
			t.Fatalf("ended when it looks for the time %d: %+v, %v", n, report, err)
		}
	}
}
