package intake

import (
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"httpd-syslog/forwarder/leaktest"
)

// TestMain makes the test binary an intake, of a kind, when a front has started it: what
// follows the option that names where to report to says how it ends.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == "end" && strings.HasPrefix(os.Args[2], "--"+SummaryFlag) {
		end(os.Args[3:])
	}
	if len(os.Args) > 2 && os.Args[1] == "end" { // nobody wants a Summary
		end(os.Args[2:])
	}
	if len(os.Args) > 1 && os.Args[1] == "front" {
		runFront(os.Args[2:])
	}
	leaktest.Run(m)
}

// runFront is a front without a Summary, which ends with status 1 if it has something to tell or return.
func runFront(args []string) {
	failed := false
	summaries, err := RunFront(FrontOptions{Args: append([]string{"end"}, args...), Tell: func(error) { failed = true }})
	if failed || err != nil || summaries != nil {
		os.Exit(1)
	}
	os.Exit(0)
}

// end ends the process: with the exit status of the first argument, or by SIGKILL where there
// is a file of the second one's name, which it removes.
func end(args []string) {
	if len(args) > 1 && os.Remove(args[1]) == nil {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	}
	status, err := strconv.Atoi(args[0])
	if err != nil {
		panic(err)
	}
	os.Exit(status)
}
