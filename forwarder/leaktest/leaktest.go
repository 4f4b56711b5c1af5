// Package leaktest is for the tests of packages that start goroutines: it runs them and
// holds that none of those goes on after them.
package leaktest

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// Run runs the tests and ends the process. Goroutines whose stack has one of known are
// not taken for left ones: some libraries have one for the life of the process.
func Run(m *testing.M, known ...string) {
	status := m.Run()
	known = append(known, "testing.(*M).", "leaktest.Run", "os/signal.")
	var left []string
	for end := time.Now().Add(30 * time.Second); status == 0; time.Sleep(10 * time.Millisecond) {
		if left = goroutines(known); len(left) == 0 || time.Now().After(end) {
			break
		}
	}
	if len(left) > 0 {
		fmt.Printf("%d goroutines were left:\n\n%s\n", len(left), strings.Join(left, "\n\n"))
		status = 1
	}
	os.Exit(status)
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
