package statedir

import (
	"path/filepath"
	"time"

	"httpd-syslog/forwarder/spool"
)

// acknowledgement says until when somebody has seen what was found in the local log.
type acknowledgement struct {
	Until time.Time `json:"until"`
}

func acknowledgedPath(stateDir string) string { return filepath.Join(stateDir, "acknowledged") }

// Acknowledge notes that somebody has seen what has been found in the local log until now.
func Acknowledge(stateDir string) error {
	return spool.WriteRecord(acknowledgedPath(stateDir), acknowledgement{time.Now()}, false)
}

// Acknowledged is until when that is so; zero: nobody ever has.
func Acknowledged(stateDir string) time.Time {
	var a acknowledgement
	if spool.ReadRecord(acknowledgedPath(stateDir), &a) != nil {
		return time.Time{} // what was found is shown again
	}
	return a.Until
}
