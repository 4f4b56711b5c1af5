package verify_test

import (
	"path/filepath"
	"testing"

	"httpd-syslog/forwarder/testbed"
	"httpd-syslog/forwarder/verify"
	"httpd-syslog/forwarder/verify/finding"
)

// TestMixedFile: a server that has lines and events in one file is checked as one that has them apart, whichever comes first.
func TestMixedFile(t *testing.T) {
	for name, order := range map[string][]string{"lines first": {"access", "audit"}, "events first": {"audit", "access"}} {
		for _, altered := range []bool{false, true} {
			h := newHost("web1")
			h.send(1, texts(1, 5)...)
			sealed := texts(1, 5)
			if altered {
				sealed[2] = "GET /another HTTP/1.1"
			}
			h.seal(1, sealed...)
			dir := t.TempDir()
			testbed.WriteFile(t, filepath.Join(dir, "all.log"), h.files[order[0]]+h.files[order[1]])
			r := check(t, verify.Options{Central: []string{dir}, Now: h.now})
			if want := map[bool]int{false: finding.OK, true: finding.Findings}[altered]; r.Exit() != want || !altered && r.Counts.Checked != 5 {
				t.Errorf("%s, altered %v: %s, %+v", name, altered, r.First(), r.Counts)
			}
		}
	}
}
