package verify_test

import (
	"context"
	"errors"
	"testing"

	"httpd-syslog/forwarder/testbed"
	"httpd-syslog/forwarder/verify"
	"httpd-syslog/forwarder/verify/verifytest"
)

// TestEndsAnywhere: whenever a check is ended it says so, and has no report, which would be of files that it did not read.
func TestEndsAnywhere(t *testing.T) {
	s := verifytest.New(t, verifytest.Options{Seed: 3, Minutes: 4, Lines: 5})
	verifytest.NewChanger(t, 3, s.Local, false, s.Truth).Do("byte")
	verifytest.NewChanger(t, 3, s.Remote, true, s.Truth).Do("byte")
	for n := 0; ; n++ {
		ctx := testbed.EndingAt(t, n)
		report, err := verify.Run(ctx, verify.Options{Central: []string{s.Remote}, LogDir: s.Local, Seals: []string{s.Local}})
		if !ctx.Ended() {
			if err != nil || len(report.Findings) == 0 {
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
