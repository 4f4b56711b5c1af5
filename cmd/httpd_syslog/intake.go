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
	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/intake"
	"httpd-syslog/forwarder/statedir"
)

// lastTry is how long an intake whose input has ended tries to write what it
// still has in memory.
const lastTry = 10 * time.Minute

// runIntake is the intake of a front. It reads standard input to its end, whatever is wrong
// with the configuration.
func runIntake(args []string, stderr io.Writer) int {
	summaryTo := -1
	f, err := cli.ParseFlags(args, func(fs *flag.FlagSet) { fs.IntVar(&summaryTo, intake.SummaryFlag, summaryTo, "") })
	intake.CloseInherited(summaryTo)
	cli.TakeName("httpd_syslog")
	if err != nil {
		cli.Complain(stderr, err)
	}
	wanted := summaryTo >= 0
	if wanted {
		unix.CloseOnExec(summaryTo) // a deliverer outlives the intake
	}
	sum, err := takeIn(f, wanted, &intake.Notices{}, stderr)
	if wanted {
		_ = json.NewEncoder(os.NewFile(uintptr(summaryTo), "report")).Encode(sum) // a front that has gone needs none
	}
	if errors.Is(err, intake.ErrNotBegun) {
		return intake.ExitNotBegun
	}
	return exitStatus(sum)
}

// takeIn reads standard input to its end. byHand: somebody reads standard error, so that it
// stays open, and errors are told there.
func takeIn(f cli.Flags, byHand bool, notices *intake.Notices, stderr io.Writer) (intake.Summary, error) {
	s, err := cli.Load(f)
	if err != nil {
		cli.Complain(stderr, err)
		fmt.Fprintf(stderr, "httpd_syslog: lines wait in the spool %s until that is mended\n", s.State().Spool())
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
	o.Start, o.HandOver = d.Start, d.HandOver
	if err != nil {
		d.Tell, o.Relocate = nil, d.relocate // without a configuration deliverers end at once: no news
	}
	sum, err := intake.Run(o)
	if err != nil {
		cli.Complain(stderr, err)
	}
	return sum, err
}

func intakeOptions(f cli.Flags, s cli.Settings) intake.Options {
	return intake.Options{
		Stream: f.Stream, Host: s.Hostname, StateDir: s.State(),
		Memory: int(s.Spool.Memory), Block: s.Spool.Full == config.Block, MaxLine: s.Spool.MaxLine, Cards: s.CardRules(),
		MaxSpool: s.Spool.MaxSize, Sync: s.Spool.Sync > 0, LastTry: lastTry,
		Drop: func() {
			// That privileges cannot be dropped is no reason to stop the web server;
			// startUpChecks and the command check tell of it.
			_ = account.DropPrivileges(s.User, s.StateDir, s.Log.Dir)
		},
	}
}

// starter starts deliverers for the state directory of the settings in force; relocate brings
// these up to date.
type starter struct {
	intake.Starter
	flags cli.Flags
}

func starterOf(f cli.Flags, s cli.Settings, tell func(trouble error)) *starter {
	d := &starter{flags: f}
	d.StateDir, d.Service, d.Tell = s.State(), s.Deliver == config.Service, tell
	d.Launch = func() (int, error) { return intake.StartDaemon(append([]string{"deliver"}, f.Args()...)...) }
	return d
}

// tellOf makes an event of a trouble that keeps deliverers from their work; nil: an event that
// the trouble is over.
func tellOf(notices *intake.Notices, trouble error) {
	if trouble == nil {
		notices.Add(event.DeliversAgain.With())
		return
	}
	notices.Add(event.NobodyDelivers.With("cause", trouble))
}

// relocate tells which state directory the mended configuration names, and has deliverers
// deliver from there.
func (d *starter) relocate() (stateDir statedir.Dir, known bool) {
	s, err := cli.Load(d.flags)
	if err != nil {
		return "", false
	}
	d.StateDir, d.Service = s.State(), s.Deliver == config.Service
	return s.State(), true
}

// startUpChecks tells on standard error what will keep lines from their files and servers.
// Events that say the same would have to be delivered to be read. noDaemon is not nil if the
// program that delivers is missing.
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
	if err := s.State().CheckConsumers(s.Consumers()); err != nil {
		cli.Complain(stderr, err)
	}
	return noDaemon
}
