package lists

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"httpd-syslog/forwarder/verify/finding"
)

func put(t *testing.T, path, text string, at time.Time) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, at, at); err != nil {
		t.Fatal(err)
	}
}

// TestFind: of a file that is there packed, too, the one that is not is read; a file that two of the paths lead to is
// there once.
func TestFind(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a.log", "a.log.gz", "b.log.gz", "c.log"} {
		put(t, filepath.Join(dir, name), "x", time.Now())
	}
	report := new(finding.Report)
	c := &check{o: Options{Report: report}, root: dir, files: map[string]string{}, twice: map[string]bool{}}
	for _, path := range []string{dir, filepath.Join(dir, "b.log.gz"), filepath.Join(dir, "c.log")} {
		c.find(path)
	}
	want := map[string]string{"a.log": dir + "/a.log", "b.log": dir + "/b.log.gz", "c.log": dir + "/c.log"}
	if !reflect.DeepEqual(c.files, want) || !reflect.DeepEqual(c.twice, map[string]bool{"a.log": true}) || len(report.Unchecked) > 0 {
		t.Errorf("%v, twice %v, %q", c.files, c.twice, report.Unchecked)
	}
	if c.find(dir + "/none"); len(report.Unchecked) != 1 {
		t.Errorf("what is not there: %q", report.Unchecked)
	}
}

// TestWasSealed: where the lists lack seals, a file of which none is left, and that was written a minute before the last
// one at least, has had one.
func TestWasSealed(t *testing.T) {
	sealed := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	for name, tt := range map[string]struct {
		text        string
		at          time.Time
		complete    bool
		last, known time.Time
		was         bool
	}{
		"long before":                    {text: "x", at: sealed.Add(-time.Hour), last: sealed, was: true},
		"just before":                    {text: "x", at: sealed.Add(-time.Minute - time.Second), last: sealed, was: true},
		"it may not have been recorded":  {text: "x", at: sealed.Add(-time.Minute), last: sealed},
		"behind it":                      {text: "x", at: sealed.Add(time.Hour), last: sealed},
		"the audit log knows of a later": {text: "x", at: sealed.Add(time.Hour), last: sealed, known: sealed.Add(2 * time.Hour), was: true},
		"the lists lack none":            {text: "x", at: sealed.Add(-time.Hour), last: sealed, complete: true},
		"it is empty":                    {at: sealed.Add(-time.Hour), last: sealed},
	} {
		path := filepath.Join(t.TempDir(), "a.log")
		put(t, path, tt.text, tt.at)
		c := &check{last: tt.last, known: tt.known, lost: !tt.complete}
		if was, size := c.wasSealed(path); was != tt.was || was && size != 1 {
			t.Errorf("%s: %t, %d bytes", name, was, size)
		}
	}
	if was, _ := (&check{lost: true, last: sealed}).wasSealed("/none"); was {
		t.Error("a file that has gone was sealed")
	}
}
