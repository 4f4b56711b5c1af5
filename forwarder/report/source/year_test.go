package source

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"httpd-syslog/forwarder/leaktest"
	"httpd-syslog/forwarder/report"
	"httpd-syslog/forwarder/report/gather"
	"httpd-syslog/forwarder/report/html"
	"httpd-syslog/forwarder/report/reporttest"
	"httpd-syslog/forwarder/report/text"
	"httpd-syslog/forwarder/testbed"
)

func TestMain(m *testing.M) { leaktest.Run(m) }

var show = flag.String("show", "", "a directory into which the year's report is written, to be looked at")

// ofYear are options for the report of a year.
func ofYear(y *reporttest.Year) Options {
	return Options{Paths: []string{y.Dir}, Report: gather.Options{From: y.From, To: y.To, Now: y.To.Add(time.Hour), Zone: y.Zone}}
}

func read(t testing.TB, o Options) *report.Report {
	t.Helper()
	r, err := Read(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// codes are the sorts of exceptions, each with its host.
func codes(r *report.Report, open bool) (all []string) {
	for _, e := range r.Exceptions {
		if e.Open == open {
			all = append(all, e.Code+" "+e.Host)
		}
	}
	slices.Sort(all)
	return all
}

// statement is what a report says of one sort.
func statement(t *testing.T, r *report.Report, code string) report.Statement {
	t.Helper()
	for _, q := range r.Requirements {
		for _, s := range q.Statements {
			if s.Code == code {
				return s
			}
		}
	}
	t.Fatalf("nothing is said of %s", code)
	return report.Statement{}
}

// TestYear: the report of a year of 14 hosts, with three outages, a hole, an altered file and a week without
// truncation: what is open, what is not, and each figure.
func TestYear(t *testing.T) {
	hosts, beat := 13, 5*time.Minute
	if testbed.Raced {
		hosts, beat = 6, 14*time.Minute
	}
	y := reporttest.New(t, reporttest.Options{Seed: 1, Hosts: hosts, Beat: beat})
	began := time.Now()
	r := read(t, ofYear(y))
	t.Logf("%d lines of events of %d hosts in %v: %s", y.Truth.Lines, hosts+1, time.Since(began).Round(time.Millisecond), r.Sentence())
	looked(t, r)
	if want := []string{"cards_in_clear web04", "file_altered web02", "incident_open logs", "incident_open web05", "truncation_off web04"}; !slices.Equal(codes(r, true), want) {
		t.Errorf("open are %q, not %q", codes(r, true), want)
	}
	if want := []string{"lines_lost_to_relay web05", "verify_found web02"}; !slices.Equal(codes(r, false), want) {
		t.Errorf("over or explained are %q, not %q", codes(r, false), want)
	}
	if r.Exit() != report.Open || len(r.Hosts) != hosts+1 || r.Events != y.Truth.Events || len(r.Unread) > 0 {
		t.Errorf("exit %d, %d hosts, %d events of %d, not read %q", r.Exit(), len(r.Hosts), r.Events, y.Truth.Events, r.Unread)
	}
	tr := &y.Truth
	for code, want := range map[string]string{
		"cards_found":     fmt.Sprintf("stored in clear: %s card numbers in lines, on 7 days: mastercard %s", report.Group(tr.InClear), report.Group(tr.InClear)),
		"cards_truncated": fmt.Sprintf("truncated before anything was written: %s card numbers in lines, on ", report.Group(tr.Truncated)),
		"truncation":      "by configuration card numbers were truncated, but for 8 days on web04",
		"outages":         "3 outages of a relay, 1d 5h in all, the longest 1d 1h;",
		"never":           fmt.Sprintf("%s lines never came to a central server: %d missing without a word, 0 lost everywhere and %s to one relay", report.Group(tr.Missing+tr.GivenUp), tr.Missing, report.Group(tr.GivenUp)),
		"verify.ok":       fmt.Sprintf("verify found nothing %s times", report.Group(tr.Verified)),
		"days":            "every host has told events on every day of the period (365 days)",
		"removed":         fmt.Sprintf("%s files of local logs were removed; the youngest, at web01, had been rotated 365 days before", report.Group(uint64(365*hosts))),
		"incidents":       "4 incidents,",
		"incidents_open":  "2 incidents are open",
		"incidents_noted": "of 1 incident that are over",
		"clock":           "at each heartbeat the kernel held its clock for synchronised",
	} {
		if s := statement(t, r, code); !strings.HasPrefix(s.Say, want) {
			t.Errorf("%s: %q, not %q", code, s.Say, want)
		}
	}
	checkIncidents(t, y, r)
	checkRefs(t, r)
}

// checkIncidents holds each incident to what has happened.
func checkIncidents(t *testing.T, y *reporttest.Year, r *report.Report) {
	t.Helper()
	by := make(map[string]*report.Incident)
	for i := range r.Incidents {
		by[r.Incidents[i].ID] = &r.Incidents[i]
	}
	noted, short, down, hole := by[y.Truth.Noted], by[y.Truth.Short], by[y.Truth.StillDown], by[y.Truth.Hole]
	if len(by) != 4 || noted == nil || short == nil || down == nil || hole == nil {
		t.Fatalf("%+v", r.Incidents)
	}
	if noted.Seconds != 11520 || noted.Lines != 184467 || len(noted.Notes) != 1 || noted.Notes[0].Cause != "the power of rack 4 was off" || noted.Notes[0].User != "ada" || noted.NeedsNote() {
		t.Errorf("%+v", noted)
	}
	if short.Seconds != 240 || short.NeedsNote() || !down.IsOpen() || !hole.IsOpen() || hole.Lines != y.Truth.Missing || hole.Subject != "web06" {
		t.Errorf("%+v\n%+v\n%+v", short, down, hole)
	}
}

// checkRefs holds that each event that is named stands where the report says.
func checkRefs(t *testing.T, r *report.Report) {
	t.Helper()
	n := 0
	at := make(map[string]map[int64]string) // codes
	check := func(refs []report.Ref) {
		for _, ref := range refs {
			n++
			if at[ref.File] == nil {
				at[ref.File] = codesOf(t, ref.File)
			}
			if got := at[ref.File][ref.Line]; got != ref.Code {
				t.Errorf("%s:%d is %q, not %s", ref.File, ref.Line, got, ref.Code)
			}
		}
	}
	for _, q := range r.Requirements {
		for _, s := range q.Statements {
			check(s.Refs)
		}
	}
	for _, e := range r.Exceptions {
		if len(e.Refs) == 0 {
			t.Errorf("%q rests on no event", e.Say)
		}
		check(e.Refs)
	}
	for _, in := range r.Incidents {
		check(in.Refs)
	}
	if n < 100 {
		t.Errorf("only %d events are named", n)
	}
}

// codesOf are the codes of a file's events, by their lines.
func codesOf(t *testing.T, path string) map[int64]string {
	t.Helper()
	codes := make(map[int64]string)
	for n, line := range linesOf(t, path) {
		_, block, _ := strings.Cut(line, " {event=")
		codes[int64(n)+1], _, _ = strings.Cut(block, " ")
	}
	return codes
}

// looked writes a report to where somebody looks at it.
func looked(t *testing.T, r *report.Report) {
	t.Helper()
	if *show == "" {
		return
	}
	for name, write := range map[string]func(io.Writer, *report.Report) error{"year.txt": text.Write, "year.html": html.Write} {
		var b bytes.Buffer
		if err := errors.Join(write(&b, r), os.WriteFile(filepath.Join(*show, name), b.Bytes(), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
}
