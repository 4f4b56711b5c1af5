package verify_test

import (
	"context"
	"os"
	"strings"
	"testing"

	"httpd-syslog/forwarder/leaktest"
	"httpd-syslog/forwarder/testbed"
	"httpd-syslog/forwarder/verify"
	"httpd-syslog/forwarder/verify/finding"
	"httpd-syslog/forwarder/verify/verifytest"
)

func TestMain(m *testing.M) { leaktest.Run(m) }

func check(t testing.TB, o verify.Options) *finding.Report {
	t.Helper()
	report, err := verify.Run(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// few is how many seeds there are with the race detector, which makes verify slow: all of them are
// tried without it.
func few(all uint64) uint64 {
	if testbed.Raced {
		return max(1, all/10)
	}
	return all
}

// TestNothingToFind: on sites where nobody has changed anything there is no finding.
func TestNothingToFind(t *testing.T) {
	for seed := range few(40) {
		s := verifytest.New(t, verifytest.Options{Seed: seed})
		for name, o := range map[string]verify.Options{
			"central": {Central: []string{s.Remote}},
			"local":   {LogDir: s.Local},
			"both":    {Central: []string{s.Remote}, LogDir: s.Local},
		} {
			r := check(t, o)
			if r.Exit() != finding.OK || r.Counts.Checked == 0 {
				t.Errorf("seed %d, %s:", seed, name)
				_ = r.Write(os.Stdout)
			}
			if seed == 0 {
				t.Logf("%s: %s", name, r.Sentence())
			}
		}
	}
}

// TestChanges: each change at either end is found. Where both ends are there, lines are named with file, line,
// writer, number and both texts.
func TestChanges(t *testing.T) {
	missed, done := 0, 0
	for seed := range few(3) {
		for i, name := range verifytest.Changes {
			for _, central := range []bool{true, false} {
				s := verifytest.New(t, verifytest.Options{Seed: 100*seed + uint64(i), Minutes: 24, Lines: 30})
				dir := s.Local
				if central {
					dir = s.Remote
				}
				c := verifytest.NewChanger(t, seed, dir, central, s.Truth)
				c.Sealed = func(text string) bool { return s.Truth[text].Minute < s.Minutes-2 }
				change := c.Do(name)
				r := check(t, verify.Options{Central: []string{s.Remote}, LogDir: s.Local})
				done++
				if r.Exit() != finding.Findings || !change.IsFound(r) {
					missed++
					t.Errorf("seed %d, %s, central %v: missed: %+v", seed, name, central, change)
					var b strings.Builder
					_ = r.Write(&b)
					t.Logf("%.4000s", &b)
				}
				if t.Failed() && missed > 3 {
					t.FailNow()
				}
			}
		}
	}
	t.Logf("%d changes, %d missed", done, missed)
}
