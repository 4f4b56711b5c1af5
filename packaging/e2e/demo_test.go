package e2e

import (
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
)

// TestDemo: the README's first command succeeds each time, says that every line is delivered, and
// leaves nothing behind, also beside somebody who takes all the processor time that there is.
func TestDemo(t *testing.T) {
	const runs, atOnce = 20, 2
	var done atomic.Bool
	t.Cleanup(func() { done.Store(true) }) // when both have ended
	go func() {
		for busy := 0; !done.Load(); busy++ {
		}
	}()
	for i := range atOnce {
		t.Run(string(rune('a'+i)), func(t *testing.T) {
			t.Parallel()
			for n := range runs / atOnce {
				demo(t, n)
			}
		})
	}
}

func demo(t *testing.T, n int) {
	t.Helper()
	dir := t.TempDir()
	cmd := exec.Command("../demo/demo.sh", binary)
	cmd.Env = append(os.Environ(), "TMPDIR="+dir)
	out, err := cmd.CombinedOutput()
	text := string(out)
	if err != nil || !strings.Contains(text, "The counts agree") || strings.Contains(text, "not delivered yet") ||
		strings.Count(text, "relay central: all ") != 2 || strings.Count(text, "local log: all ") != 2 {
		t.Fatalf("run %d: %v\n%s", n, err, text)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 0 {
		t.Fatalf("run %d has left %v, %v", n, left, err)
	}
}
