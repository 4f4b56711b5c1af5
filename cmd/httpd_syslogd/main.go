// Command httpd_syslogd delivers what httpd_syslog has put into the spool, to rotated
// local files and to central syslog servers: as the system service, or started by an
// intake that finds nobody who delivers. It also answers for the state of things. People
// call it as httpd_syslog, which hands such commands on to it.
//
// It uses one processor at a time, so that the cgroup's limit does not matter; the two
// directives keep Go's runtime from holding files of the cgroup open to follow that limit.
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
	"httpd-syslog/cmd/internal/receivecmd"
	"httpd-syslog/cmd/internal/reportcmd"
	"httpd-syslog/cmd/internal/scancmd"
	"httpd-syslog/cmd/internal/stores"
	"httpd-syslog/cmd/internal/verifycmd"
	"httpd-syslog/forwarder/transport"
)

func main() {
	os.Exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr))
}

var commands = map[string]cli.Command{
	"deliver":   runDeliver,
	"serve":     runServe,
	"check":     runCheck,
	"receive":   receivecmd.Run,
	"note":      reportcmd.RunNote,
	"report":    reportcmd.Run,
	"scan":      scancmd.Run,
	"status":    runStatus,
	"verify":    verifycmd.Run,
	"version":   cli.RunVersion(name),
	"--version": cli.RunVersion(name),
	"help":      cli.RunHelp,
	"--help":    cli.RunHelp,
	"-h":        cli.RunHelp,
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	for _, k := range kinds {
		transport.Add(k)
	}
	if len(args) == 0 {
		cli.Complain(stderr, errors.New(`httpd_syslogd needs a command; "httpd_syslog help" lists them (lines on standard input are httpd_syslog's)`))
		return cli.ExitUsage
	}
	if err := stores.Become(len(kinds) > 0, nil, args); err != nil {
		cli.Complain(stderr, err)
		return cli.ExitUnable
	}
	if c := commands[args[0]]; c != nil {
		return c(ctx, args[1:], stdout, stderr)
	}
	cli.Complain(stderr, fmt.Errorf(`unknown command %q; "httpd_syslog help" lists them`, args[0]))
	return cli.ExitUsage
}
