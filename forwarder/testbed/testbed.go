// Package testbed is what tests of several packages have in common.
package testbed

import (
	"os"
	"path/filepath"
	"testing"

	"httpd-syslog/forwarder/statedir"
)

// Overfill puts a file into the spool that is larger than all of it may be.
func Overfill(t *testing.T, stateDir statedir.Dir, maxSpool int64) (path string) {
	t.Helper()
	path = filepath.Join(stateDir.Spool(), "019ac2f4a1b9f3a1-4711.000001")
	err := os.MkdirAll(filepath.Dir(path), 0o750)
	if err == nil {
		err = os.WriteFile(path, make([]byte, maxSpool+1), 0o640)
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}
