// Package leaktest runs the tests of a package and holds that nothing of them goes on after them:
// no goroutine, no child process, and no descriptor, with which a lock would stay.
package leaktest

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"
)

// patience is how long what has been ended may take to be gone.
const patience = 30 * time.Second

// Run runs the tests and ends the process. Goroutines whose stack has one of known are
// not taken for left ones: some libraries have one for the life of the process.
func Run(m *testing.M, known ...string) {
	before := descriptors()
	keepFiles()
	status := m.Run()
	known = append(known, "testing.(*M).", "leaktest.Run", "os/signal.")
	var left []string
	for end := time.Now().Add(patience); status == 0; time.Sleep(10 * time.Millisecond) {
		left = slices.Concat(goroutines(known), openedSince(before), children())
		if len(left) == 0 || time.Now().After(end) {
			break
		}
	}
	if len(left) > 0 {
		fmt.Printf("%d were left:\n\n%s\n", len(left), strings.Join(left, "\n\n"))
		status = 1
	}
	os.Exit(status)
}

// keepFiles has the collector of garbage rest until there is much: it closes files that nobody has closed.
func keepFiles() {
	debug.SetGCPercent(-1)
	debug.SetMemoryLimit(256 << 20)
}

func goroutines(known []string) (left []string) {
	buf := make([]byte, 4<<20)
	buf = buf[:runtime.Stack(buf, true)]
	for stack := range strings.SplitSeq(string(buf), "\n\n") {
		if !slices.ContainsFunc(known, func(name string) bool { return strings.Contains(stack, name) }) {
			left = append(left, stack)
		}
	}
	return left
}
