package relp

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
	left := ""
	for end := time.Now().Add(30 * time.Second); status == 0; time.Sleep(10 * time.Millisecond) {
		if left = goroutines(); left == "" || time.Now().After(end) {
			break
		}
	}
	if left != "" {
		fmt.Printf("goroutines were left:\n\n%s\n", left)
		status = 1
	}
	os.Exit(status)
}

// goroutines are those that the runtime does not keep.
func goroutines() string {
	var left []string
	buf := make([]byte, 4<<20)
	buf = buf[:runtime.Stack(buf, true)]
	for g := range strings.SplitSeq(string(buf), "\n\n") {
		if !strings.Contains(g, "testing.(*M).") && !strings.Contains(g, "TestMain") && !strings.Contains(g, "os/signal.") {
			left = append(left, g)
		}
	}
	return strings.Join(left, "\n\n")
}
