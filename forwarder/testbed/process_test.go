package testbed

import (
	"os"
	"os/exec"
	"testing"
)

// TestArgumentsWithinExec: a process that is there has arguments, in the midst of execve(2), too.
func TestArgumentsWithinExec(t *testing.T) {
	done := make(chan error)
	go func() {
		for range 2000 {
			if err := exec.Command("true", "of it").Run(); err != nil {
				done <- err
				return
			}
		}
		close(done)
	}()
	looks := 0
	for {
		select {
		case err := <-done:
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%d processes looked at", looks)
			return
		default:
		}
		for _, p := range Processes() {
			if int(p) <= os.Getpid() {
				continue
			}
			looks++
			if p.Args() == nil && p.Program() != "" {
				t.Fatalf("process %d has no arguments, and runs %s", p, p.Program())
			}
		}
	}
}
