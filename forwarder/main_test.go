package forwarder

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestMain holds that nothing the tests have started goes on after them.
func TestMain(m *testing.M) {
	status := m.Run()
	var left []string
	for end := time.Now().Add(20 * time.Second); status == 0; time.Sleep(10 * time.Millisecond) {
		if left = goroutines(); len(left) == 0 || time.Now().After(end) {
			break
		}
	}
	if len(left) > 0 {
		fmt.Printf("%d goroutines were left:\n\n%s\n", len(left), strings.Join(left, "\n\n"))
		status = 1
	}
	os.Exit(status)
}

// goroutines are those that neither the runtime nor a library keeps: lumberjack
// has one for each file for the life of the process.
func goroutines() (left []string) {
	buf := make([]byte, 4<<20)
	buf = buf[:runtime.Stack(buf, true)]
	for g := range strings.SplitSeq(string(buf), "\n\n") {
		known := strings.Contains(g, "testing.(*M).") || strings.Contains(g, "forwarder.TestMain") ||
			strings.Contains(g, "lumberjack") || strings.Contains(g, "os/signal.")
		if !known {
			left = append(left, g)
		}
	}
	return left
}
