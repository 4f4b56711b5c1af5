package locallog

import (
	"testing"

	"httpd-syslog/forwarder/leaktest"
)

// TestMain: lumberjack has a goroutine for each file for the life of the process.
func TestMain(m *testing.M) { leaktest.Run(m, "lumberjack") }
