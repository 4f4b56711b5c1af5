// Command httpd_syslog takes Apache httpd's log lines on its standard input,
// keeps them in rotated local files and relays them to central syslog servers.
//
// Run without arguments it is what Apache starts for each CustomLog or ErrorLog
// directive; see help.go for the subcommands. Only main exits; everything else
// returns.
//
// Messages on standard error begin with "httpd_syslog: ", then what was done,
// the value in quotes, and what is wrong; a second line may follow as
// "httpd_syslog: hint: …".
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"

	"httpd-syslog/forwarder"
)

// Exit statuses.
const (
	exitOK     = 0
	exitLost   = forwarder.ExitLost // lines were lost, or a check found something
	exitUsage  = 2
	exitUnable = 3 // the configuration does not load, or is not for this state directory
)

func main() {
	os.Exit(run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

type command func(ctx context.Context, args []string, stdout, stderr io.Writer) int

var commands = map[string]command{
	"intake":  runIntake,
	"deliver": runDeliver,
	"serve":   runServe,
	"check":   runCheck,
	"receive": runReceive,
	"status":  runStatus,
	"version": runVersion,
	"help":    runHelp,
}

func run(ctx context.Context, args []string, stdin *os.File, stdout, stderr io.Writer) int {
	if len(args) == 0 && isTerminal(stdin) {
		return runHelp(ctx, nil, stdout, stderr)
	}
	if len(args) > 0 {
		if args[0] == "--help" || args[0] == "-h" {
			return runHelp(ctx, nil, stdout, stderr)
		}
		if args[0] == "--version" {
			return runVersion(ctx, nil, stdout, stderr)
		}
		if c := commands[args[0]]; c != nil {
			return c(ctx, args[1:], stdout, stderr)
		}
	}
	return runFront(ctx, args, stdin, stderr)
}

// oneProcessor keeps a process that runs beside the web server to one processor
// at a time. Its goroutines hand lines to each other; waking a thread on another
// processor for each line took twice the CPU time at 5,000 lines/s, and the 99th
// percentile of the latency was no better.
func oneProcessor() {
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(1)
	}
}

// takeName gives a process that was started as /proc/self/exe, and would be called "exe"
// in ps and top, the program's name.
func takeName() {
	_ = os.WriteFile("/proc/self/comm", []byte("httpd_syslog"), 0) // it is for people alone
}

// complain writes an error, each of its lines as a message of its own.
func complain(w io.Writer, err error) {
	for line := range strings.SplitSeq(err.Error(), "\n") {
		fmt.Fprintf(w, "httpd_syslog: %s\n", line)
	}
	var h hinter
	if errors.As(err, &h) {
		fmt.Fprintf(w, "httpd_syslog: hint: %s\n", h.Hint())
	}
}

// hinter is an error that knows what to do about it.
type hinter interface{ Hint() string }
