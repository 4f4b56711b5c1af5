package listener_test

import (
	"os"
	"testing"

	"httpd-syslog/forwarder/leaktest"
)

// TestMain is the main function of the children that tests start, too.
func TestMain(m *testing.M) {
	if args := os.Getenv(childVariable); args != "" {
		runChild(args)
		os.Exit(0)
	}
	leaktest.Run(m)
}
