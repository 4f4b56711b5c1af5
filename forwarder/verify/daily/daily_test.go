package daily

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/leaktest"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/testbed"
	"httpd-syslog/forwarder/verify"
	"httpd-syslog/forwarder/verify/finding"
	"httpd-syslog/forwarder/verify/verifytest"
)

func TestMain(m *testing.M) { leaktest.Run(m) }

// TestDaily: each run is an event in the spool, and looks from where the last one has ended that found nothing.
func TestDaily(t *testing.T) {
	s := verifytest.New(t, verifytest.Options{Seed: 3, Minutes: 90})
	state := statedir.Dir(t.TempDir())
	o := Options{StateDir: state, Host: s.Host, Verify: verify.Options{LogDir: s.Local}}
	told, since := 0, "the beginning"
	run := func(sentence string, exit int) (*finding.Report, statedir.Verified) {
		t.Helper()
		report, err := Run(context.Background(), o)
		if err != nil || report.Exit() != exit {
			t.Fatalf("%v, exit status %d: %s", err, report.Exit(), report.First())
		}
		texts, _ := testbed.Events(t, state)
		if told++; len(texts) != told {
			t.Fatalf("%d events", len(texts))
		}
		checkEvents(t, state, o.Host, report, since)
		if exit == finding.OK {
			since = report.Until.Add(-overlap).UTC().Format(time.RFC3339)
		}
		found := false
		for _, text := range texts { // in the order of the names of their files
			found = found || strings.Contains(text, report.Result()) && strings.HasPrefix(text, sentence)
		}
		v, err := state.Verified()
		if !found || err != nil || v.Exit != exit || v.Findings != report.Found() || time.Since(v.At) > time.Hour {
			t.Errorf("%q, %+v, %v", texts, v, err)
		}
		return report, v
	}
	all, v := run("verify: ", finding.OK)
	if v.Until.Before(s.Last.Add(-10*time.Minute)) || v.Until.After(s.Last) || v.Good != v.At {
		t.Errorf("%+v, the last line came at %v", v, s.Last)
	}
	later, _ := run("verify: ", finding.OK)
	if later.Counts.Bytes == 0 || later.Counts.Bytes*2 > all.Counts.Bytes {
		t.Errorf("%d bytes, all have %d", later.Counts.Bytes, all.Counts.Bytes)
	}
	path := filepath.Join(s.Local, "audit_log")
	text := testbed.ReadFile(t, path)
	at := strings.LastIndex(text, "intake of")
	testbed.WriteFile(t, path, text[:at]+"outlet of"+text[at+len("intake of"):])
	bad, after := run("verify: 1 findings: ", finding.Findings)
	if after.Good != v.Good && after.Until != v.Until || !strings.Contains(bad.First(), path) {
		t.Errorf("%+v: %s", after, bad.First())
	}
	if err := os.Rename(s.Local, s.Local+"-away"); err != nil {
		t.Fatal(err)
	}
	run("verify: not all could be checked: ", finding.Partial)
	testbed.WantTold(t, testbed.Spooled(t, state), "verify.ok", "verify.found", "verify.unchecked")
}

// checkEvents looks for the event of a run, with all that it says, from the host.
func checkEvents(t *testing.T, state statedir.Dir, host string, report *finding.Report, since string) {
	t.Helper()
	found := false
	for f := range testbed.Frames(t, state.Spool()) {
		if f.Kind != frame.Event {
			continue
		}
		told, _ := event.Parse(strings.TrimSuffix(string(f.Payload), "\n"))
		writer := f.Head.File.Writer.ProcID()
		if told.Get("writer") != writer || told.Get("last") != "0" || told.Get("last_event") != "1" || f.Head.Host != host {
			t.Errorf("%s of %s, from %q: %s", writer, host, f.Head.Host, f.Payload)
		}
		is := told.Get("time") == since && told.Get("result") == report.Result() && told.Get("lines") == fmt.Sprint(report.Counts.Checked)
		if told.Code != event.VerifyOK.Code {
			is = is && told.Get("finding") == report.First()
		}
		if told.Code == event.VerifyFound.Code {
			is = is && told.Get("findings") == fmt.Sprint(report.Found())
		}
		found = found || is
	}
	if !found {
		t.Errorf("no event says all of %q, since %s", report.Result(), since)
	}
}

// TestUntold: what cannot be told is an error.
func TestUntold(t *testing.T) {
	s := verifytest.New(t, verifytest.Options{Seed: 3, Minutes: 5})
	state := statedir.Dir(t.TempDir())
	testbed.WriteFile(t, state.Spool(), "a file where the directory would be made")
	report, err := Run(context.Background(), Options{StateDir: state, Host: s.Host, Verify: verify.Options{LogDir: s.Local}})
	if err == nil || report == nil {
		t.Errorf("%v, %v", report, err)
	}
}

// TestEnded: a check that is ended is neither told nor remembered.
func TestEnded(t *testing.T) {
	s := verifytest.New(t, verifytest.Options{Seed: 3})
	state := statedir.Dir(t.TempDir())
	report, err := Run(testbed.EndingAt(t, 1), Options{StateDir: state, Host: s.Host, Verify: verify.Options{LogDir: s.Local}})
	texts, _ := testbed.Events(t, state)
	last, _ := state.Verified()
	if !errors.Is(err, context.Canceled) || report != nil || len(texts) > 0 || !last.At.IsZero() {
		t.Errorf("%v, %+v, %q, %+v", err, report, texts, last)
	}
}
