// Command httpd_syslog takes Apache httpd's log lines on its standard input and puts them
// into the spool, from where httpd_syslogd delivers them: to rotated local files and to
// central syslog servers.
//
// Run without arguments it is what Apache starts for each CustomLog or ErrorLog
// directive. It is small, since Apache's first signal may come a few milliseconds after
// its start; all other commands it hands on to httpd_syslogd. Only main exits; everything
// else returns.
//
// A process of it uses one processor at a time (see intake.StartSelf), so that the cgroup's
// limit does not matter; the two directives keep Go's runtime from holding files of the
// cgroup open to follow that limit.
//
//go:debug containermaxprocs=0
//go:debug updatemaxprocs=0
package main

import (
	"context"
	"io"
	"os"
	"syscall"

	_ "httpd-syslog/cmd/httpd_syslog/early"
	"httpd-syslog/cmd/internal/cli"
	"httpd-syslog/forwarder/intake"
	"httpd-syslog/forwarder/intake/signals"
)

func main() {
	switch args := os.Args[1:]; {
	case len(args) > 0 && args[0] == intakeCommand:
		signals.Ignore()
		os.Exit(runIntake(args[1:], os.Stderr))
	case len(args) > 1 && args[0] == followerCommand:
		os.Exit(runFollower(args[1:], os.Stderr))
	}
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// Commands that the program starts itself with; people do not use them.
const (
	intakeCommand   = "intake" // what a front starts
	followerCommand = "front"  // what a front becomes; the intake's process id and the front's arguments follow
)

var commands = map[string]cli.Command{
	"deliver":   handOn("deliver"),
	"serve":     handOn("serve"),
	"check":     handOn("check"),
	"receive":   handOn("receive"),
	"note":      handOn("note"),
	"report":    handOn("report"),
	"scan":      handOn("scan"),
	"status":    handOn("status"),
	"verify":    handOn("verify"),
	"version":   cli.RunVersion("httpd_syslog"),
	"--version": cli.RunVersion("httpd_syslog"),
	"help":      cli.RunHelp,
	"--help":    cli.RunHelp,
	"-h":        cli.RunHelp,
}

func run(args []string, stdin *os.File, stdout, stderr io.Writer) int {
	ctx := context.Background()
	if len(args) == 0 && cli.IsTerminal(stdin) {
		return cli.RunHelp(ctx, nil, stdout, stderr)
	}
	if len(args) > 0 {
		if c := commands[args[0]]; c != nil {
			return c(ctx, args[1:], stdout, stderr)
		}
	}
	return runFront(args, stdin, stderr)
}

// handOn makes this process one of httpd_syslogd with the same command.
func handOn(name string) cli.Command {
	return func(_ context.Context, args []string, _, stderr io.Writer) int {
		path, err := intake.FindDaemon()
		if err == nil {
			err = syscall.Exec(path, append([]string{path, name}, args...), os.Environ())
		}
		cli.Complain(stderr, err)
		return cli.ExitUnable
	}
}
