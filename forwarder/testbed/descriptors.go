package testbed

import (
	"os"
	"testing"
)

// Descriptors is how many descriptors this process has open.
func Descriptors(t *testing.T) int {
	t.Helper()
	names, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(names)
}
