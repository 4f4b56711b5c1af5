package objects

import (
	"testing"

	"httpd-syslog/forwarder/leaktest"
	"httpd-syslog/forwarder/testbed/s3bed"
)

func TestMain(m *testing.M) {
	s3bed.Environment()
	leaktest.Run(m)
}
