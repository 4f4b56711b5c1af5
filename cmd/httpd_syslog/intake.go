package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"httpd-syslog/cmd/internal/cli"
	"httpd-syslog/config"
	"httpd-syslog/forwarder/account"
	"httpd-syslog/forwarder/intake"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/syslogfmt"
)

// lastTry is how long an intake whose input has ended tries to write what it
// still has in memory.
const lastTry = 10 * time.Minute

// runIntake is the intake of a front. It reads standard input to its end, whatever is wrong
// with the configuration.
func runIntake(args []string, stderr io.Writer) int {
	reportTo := -1
	f, err := cli.ParseFlags(args, func(fs *flag.FlagSet) { fs.IntVar(&reportTo, intake.ReportFlag, reportTo, "") })
	intake.CloseInherited(reportTo)
	cli.TakeName("httpd_syslog")
	if err != nil {
		cli.Complain(stderr, err)
	}
	wanted := reportTo >= 0
	if wanted {
		unix.CloseOnExec(reportTo) // a deliverer outlives the intake
	}
	sum, err := takeIn(f, wanted, &intake.Notices{}, stderr)
	if wanted {
		_ = json.NewEncoder(os.NewFile(uintptr(reportTo), "report")).Encode(sum) // a front that has gone needs none
	}
	if errors.Is(err, intake.ErrNotBegun) {
		return intake.ExitNotBegun
	}
	return exitStatus(sum)
}

// takeIn reads standard input to its end. byHand: standard error stays, and is told what
// goes wrong.
func takeIn(f cli.Flags, byHand bool, notices *intake.Notices, stderr io.Writer) (intake.Summary, error) {
	s, err := cli.Load(f)
	if err != nil {
		cli.Complain(stderr, err)
		fmt.Fprintf(stderr, "httpd_syslog: lines wait in the spool %s until that is mended\n", statedir.SpoolDir(s.StateDir))
	}
	o := intakeOptions(f, s)
	o.Notices = notices
	said := startUpChecks(f, s, err == nil, stderr)
	if !byHand {
		_ = intake.LetGo() // failing that, the pipe behind it stays open
		stderr = io.Discard
	}
	d := starterOf(f, s, func(trouble error) {
		if trouble != nil && !errors.Is(said, intake.ErrNoDaemon) {
			cli.Complain(stderr, trouble)
		}
		tellOf(notices, trouble)
	})
	o.Start, o.Leave = d.Start, d.Leave
	if err != nil {
		d.Tell, o.Relocate = nil, d.relocate // that deliverers end at once goes without saying
	}
	sum, err := intake.Run(o)
	if err != nil {
		cli.Complain(stderr, err)
	}
	return sum, err
}

func intakeOptions(f cli.Flags, s cli.Settings) intake.Options {
	return intake.Options{
		Stream: f.Stream, Host: s.Hostname, StateDir: s.StateDir,
		Memory: int(s.Spool.Memory), Block: s.Spool.Full == config.Block, MaxLine: s.Spool.MaxLine,
		MaxSpool: s.Spool.MaxSize, Sync: s.Spool.Sync > 0, LastTry: lastTry,
		Drop: func() {
			// One that fails, which startUpChecks and check tell of, is no reason to stop
			// the web server.
			_ = account.DropPrivileges(s.User, s.StateDir, s.Log.Dir)
		},
	}
}

// starter starts deliverers, with the settings as they are when it does.
type starter struct {
	intake.Starter
	flags cli.Flags
}

func starterOf(f cli.Flags, s cli.Settings, tell func(trouble error)) *starter {
	d := &starter{flags: f}
	d.StateDir, d.Service, d.Tell = s.StateDir, s.Deliver == config.Service, tell
	d.Launch = func() (int, error) { return intake.StartDaemon(append([]string{"deliver"}, f.Args()...)...) }
	return d
}

// tellOf makes an event of what keeps a deliverer from its work; nil: of its being over.
func tellOf(notices *intake.Notices, trouble error) {
	if trouble == nil {
		notices.Add(syslogfmt.Notice, "somebody delivers again")
		return
	}
	notices.Add(syslogfmt.Err, fmt.Sprintf("nobody delivers: %v", trouble))
}

// relocate tells which state directory the mended configuration names, and has deliverers
// deliver from there.
func (d *starter) relocate() (stateDir string, known bool) {
	s, err := cli.Load(d.flags)
	if err != nil {
		return "", false
	}
	d.StateDir, d.Service = s.StateDir, s.Deliver == config.Service
	return s.StateDir, true
}

// startUpChecks says on standard error what will keep lines from where they
// are wanted; it is the only chance to, before the events have a way. It returns whether
// the program that delivers is missing.
func startUpChecks(f cli.Flags, s cli.Settings, known bool, stderr io.Writer) (noDaemon error) {
	if s.Deliver != config.Service {
		_, noDaemon = intake.FindDaemon()
	}
	troubles := append(s.Troubles(), noDaemon)
	for _, err := range troubles {
		if err != nil {
			cli.Complain(stderr, err)
		}
	}
	if !known {
		return noDaemon
	}
	if _, ok := s.Stream(f.Stream); !ok {
		fmt.Fprintf(stderr, "httpd_syslog: stream %q is not in %s: its lines wait in the spool until it is\n", f.Stream, s.Path)
	}
	if err := statedir.CheckConsumers(s.StateDir, s.Consumers()); err != nil {
		cli.Complain(stderr, err)
	}
	return noDaemon
}
