package statedir

import (
	"path/filepath"
	"time"

	"httpd-syslog/forwarder/record"
)

// acknowledgement says up to which time somebody has seen the findings in the local log and the damage of
// the spool.
type acknowledgement struct {
	Until time.Time `json:"until"`
}

func (d Dir) acknowledged() string { return filepath.Join(string(d), "acknowledged") }

// Acknowledge notes that somebody has seen all findings up to now.
func (d Dir) Acknowledge() error {
	return record.Write(d.acknowledged(), acknowledgement{time.Now()}, false)
}

// Acknowledged is the time up to which somebody has seen the findings; zero: nobody has seen any.
func (d Dir) Acknowledged() time.Time {
	var a acknowledgement
	if record.Read(d.acknowledged(), &a) != nil {
		return time.Time{} // the findings are shown again
	}
	return a.Until
}
