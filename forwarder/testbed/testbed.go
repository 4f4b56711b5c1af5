// Package testbed is what tests of several packages have in common.
package testbed

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"httpd-syslog/forwarder/statedir"
)

// Eventually polls until ok.
func Eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	const patience = 30 * time.Second
	for end := time.Now().Add(patience); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("still not so after %v: %s", patience, what)
		}
	}
}

// Overfill puts a file into the spool that is larger than all of it may be.
func Overfill(t *testing.T, stateDir string, maxSpool int64) (path string) {
	t.Helper()
	path = filepath.Join(statedir.SpoolDir(stateDir), "019ac2f4a1b9f3a1-4711.000001")
	err := os.MkdirAll(filepath.Dir(path), 0o750)
	if err == nil {
		err = os.WriteFile(path, make([]byte, maxSpool+1), 0o640)
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}
