package daily

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"httpd-syslog/forwarder/leaktest"
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
	told := 0
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
