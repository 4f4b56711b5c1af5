package verify_test

import (
	"context"
	"errors"
	"testing"

	"httpd-syslog/forwarder/testbed"
	"httpd-syslog/forwarder/verify"
	"httpd-syslog/forwarder/verify/verifytest"
)

// TestEndsAnywhere: whenever a check is ended it says so, and never that there is nothing to find.
func TestEndsAnywhere(t *testing.T) {
	s := verifytest.New(t, verifytest.Options{Seed: 3, Minutes: 4, Lines: 5})
	verifytest.NewChanger(t, 3, s.Local, false, s.Truth).Do("byte")
	verifytest.NewChanger(t, 3, s.Remote, true, s.Truth).Do("byte")
	for n := 0; ; n++ {
		ctx := testbed.EndingAt(t, n)
		_, err := verify.Run(ctx, verify.Options{Central: []string{s.Remote}, LogDir: s.Local, Seals: []string{s.Local}})
		if !ctx.Ended() {
			t.Logf("it looks %d times", n)
			break
		}
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("ended when it looks for the time %d: %v", n, err)
		}
	}
}
