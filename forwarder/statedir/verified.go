package statedir

import (
	"errors"
	"io/fs"
	"path/filepath"
	"time"

	"httpd-syslog/forwarder/record"
)

// Verified is what came of the last daily check of the local files.
type Verified struct {
	At       time.Time `json:"at"`       // of the run; zero: there was none
	Findings uint64    `json:"findings"` // that nothing explains
	Exit     int       `json:"exit"`     // status of the command
	Lines    uint64    `json:"lines"`    // checked
	Result   string    `json:"result"`
	// Good is the time of the last run that found nothing, and Until up to when the lines that it has
	// checked came in; zero: there was none.
	Good  time.Time `json:"good,omitzero"`
	Until time.Time `json:"until,omitzero"`
}

func (d Dir) verified() string { return filepath.Join(string(d), "verified") }

// Verified is the record of the last daily check. An error means that there is one and it cannot be read.
func (d Dir) Verified() (v Verified, err error) {
	if err = record.Read(d.verified(), &v); err == nil {
		return v, nil
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return Verified{}, err
}

// RecordVerified notes what came of a check.
func (d Dir) RecordVerified(v *Verified) error { return record.Write(d.verified(), v, true) }
