// Command httpd_syslogd delivers what httpd_syslog has put into the spool, to rotated
// local files and to central syslog servers: as the system service, or started by an
// intake that finds nobody who delivers. It also answers for the state of things. People
// call it as httpd_syslog, which hands such commands on to it.
//
// It has one processor at a time, and does not want to know of the cgroup's limit: Go would
// keep that file open.
//
//go:debug containermaxprocs=0
//go:debug updatemaxprocs=0
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"httpd-syslog/cmd/internal/cli"
)

func main() {
	os.Exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr))
}

var commands = map[string]cli.Command{
	"deliver":   runDeliver,
	"serve":     runServe,
	"check":     runCheck,
	"receive":   runReceive,
	"status":    runStatus,
	"version":   cli.RunVersion("httpd_syslogd"),
	"--version": cli.RunVersion("httpd_syslogd"),
	"help":      cli.RunHelp,
	"--help":    cli.RunHelp,
	"-h":        cli.RunHelp,
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	if len(args) == 0 {
		cli.Complain(stderr, errors.New(`httpd_syslogd needs a command; "httpd_syslog help" lists them (lines on standard input are httpd_syslog's)`))
		return cli.ExitUsage
	}
	if c := commands[args[0]]; c != nil {
		return c(ctx, args[1:], stdout, stderr)
	}
	cli.Complain(stderr, fmt.Errorf(`unknown command %q; "httpd_syslog help" lists them`, args[0]))
	return cli.ExitUsage
}
