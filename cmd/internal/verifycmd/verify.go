// Package verifycmd is the command verify: its flags, the settings that it needs, and one call.
package verifycmd

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os/signal"
	"slices"
	"syscall"

	"httpd-syslog/cmd/internal/cli"
	"httpd-syslog/forwarder/account"
	"httpd-syslog/forwarder/verify"
	"httpd-syslog/forwarder/verify/daily"
	"httpd-syslog/forwarder/verify/finding"
)

// flags are the verify command's own.
type flags struct {
	o         verify.Options
	json      bool
	sinceLast bool
}

func (f *flags) add(fs *flag.FlagSet) {
	list := func(name string, to *[]string) {
		fs.Func(name, "", func(s string) error {
			if s == "" {
				return errors.New("it is empty")
			}
			*to = append(*to, s)
			return nil
		})
	}
	list("central", &f.o.Central)
	list("seals", &f.o.Seals)
	list("host", &f.o.Hosts)
	fs.Func("from", "", func(s string) (err error) { f.o.From, err = cli.ParseTime(s, false); return err })
	fs.Func("to", "", func(s string) (err error) { f.o.To, err = cli.ParseTime(s, true); return err })
	fs.BoolVar(&f.json, "json", false, "")
	fs.BoolVar(&f.sinceLast, "since-last", false, "")
}

func (f *flags) validate() error {
	switch {
	case !f.o.From.IsZero() && !f.o.To.IsZero() && !f.o.From.Before(f.o.To):
		return errors.New("--from must be before --to")
	case f.sinceLast && (!f.o.From.IsZero() || !f.o.To.IsZero()):
		return errors.New("--since-last excludes --from and --to")
	}
	return nil
}

// Run finds out whether logs are whole and unaltered. Without --since-last it writes nothing.
func Run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var own flags
	f, err := cli.ParseFlags(args, own.add)
	if errors.Is(err, flag.ErrHelp) {
		return cli.RunHelp(ctx, nil, stdout, stderr)
	}
	if err = errors.Join(err, own.validate()); err != nil {
		cli.Complain(stderr, fmt.Errorf("verify: %w", err))
		return cli.ExitUsage
	}
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	report, err := check(ctx, f, &own)
	if report != nil {
		err = errors.Join(err, writeReport(stdout, report, own.json))
	}
	if err != nil {
		cli.Complain(stderr, fmt.Errorf("verify: %w", err))
		return finding.Partial
	}
	return report.Exit()
}

// check runs the check. The configuration says where the log directory is, unless an option does.
func check(ctx context.Context, f cli.Flags, own *flags) (*finding.Report, error) {
	own.o.LogDir = f.LogDir
	f.LogDir = "" // it makes no consumers of its own here
	s, err := cli.Load(f)
	if err == nil {
		own.o.Cards = s.CardRules().Numbers
	}
	if err == nil && s.Collects() && slices.Contains(own.o.Central, s.Collect.Dir) {
		own.o.CentralLog = s.Log.Dir
	}
	needed := own.sinceLast || own.o.LogDir == "" && len(own.o.Central) == 0
	if err != nil && needed {
		return nil, err
	}
	if needed && own.o.LogDir == "" {
		own.o.LogDir = s.Log.Dir
	}
	if !own.sinceLast {
		return verify.Run(ctx, own.o)
	}
	if err := account.Become(s.User, s.StateDir); err != nil {
		return nil, err
	}
	return daily.Run(ctx, daily.Options{StateDir: s.State(), Host: s.Hostname, Verify: own.o})
}

func writeReport(w io.Writer, report *finding.Report, json bool) error {
	if json {
		return report.WriteJSON(w)
	}
	return report.Write(w)
}
