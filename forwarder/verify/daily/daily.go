// Package daily is the check of a web server's own files that a timer starts each day: of what came in
// since the last run that found nothing, which it remembers in the state directory. What it finds is an
// event, by a log of its own in the spool, so that it gets to wherever events go, whether a service runs
// or not.
package daily

import (
	"context"
	"errors"
	"time"

	"httpd-syslog/forwarder/audit"
	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/verify"
	"httpd-syslog/forwarder/verify/finding"
)

// overlap is how far back a run looks behind what the one before has checked: a line may have waited for
// its seal.
const overlap = 15 * time.Minute

// Options say what is checked, and where that is told.
type Options struct {
	StateDir statedir.Dir
	Host     string // that the event comes from
	Verify   verify.Options
}

// Since is from when on a run looks at what came in; zero: from the beginning.
func Since(dir statedir.Dir) time.Time {
	last, _ := dir.Verified() // without it all is checked once more
	if last.Until.IsZero() {
		return time.Time{}
	}
	return last.Until.Add(-overlap)
}

// Run checks, remembers it, and tells it. A check that ctx has ended has no report, and is neither told nor remembered.
// Another error is that of telling or remembering what is in the report.
func Run(ctx context.Context, o Options) (*finding.Report, error) {
	last, _ := o.StateDir.Verified()
	o.Verify.From = Since(o.StateDir)
	report, err := verify.Run(ctx, o.Verify)
	if err != nil {
		return nil, err
	}
	now := statedir.Verified{
		At: time.Now(), Findings: report.Found(), Exit: report.Exit(), Lines: report.Counts.Checked, Result: report.Result(),
		Good: last.Good, Until: last.Until,
	}
	if now.Exit == finding.OK {
		now.Good, now.Until = now.At, report.Until
	}
	return report, errors.Join(tell(&o, report), o.StateDir.RecordVerified(&now))
}

var errUntold = errors.New("the event of what was found cannot be written into the spool")

// tell tells what was found.
func tell(o *Options, report *finding.Report) error {
	log := audit.New(audit.Options{StateDir: o.StateDir, Host: o.Host})
	defer log.Close()
	since := "the beginning"
	if !o.Verify.From.IsZero() {
		since = o.Verify.From.UTC().Format(time.RFC3339)
	}
	result, lines := report.Result(), report.Counts.Checked
	writer := log.Writer()
	var e event.Event
	switch report.Exit() {
	case finding.OK:
		e = event.VerifyOK.With("result", result, "time", since, "lines", lines, "writer", writer, "last", 0, "last_event", 1)
	case finding.Partial:
		e = event.VerifyUnchecked.With("result", result, "finding", report.First(), "time", since, "lines", lines, "writer", writer, "last", 0, "last_event", 1)
	default:
		e = event.VerifyFound.With("findings", report.Found(), "result", result, "finding", report.First(), "time", since, "lines", lines, "writer", writer, "last", 0, "last_event", 1)
	}
	if _, written := log.TellNow(e); !written {
		return errUntold
	}
	return nil
}
