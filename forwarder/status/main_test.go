package status_test

import (
	"testing"

	"httpd-syslog/forwarder/leaktest"
)

func TestMain(m *testing.M) { leaktest.Run(m) }
