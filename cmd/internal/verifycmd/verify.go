// Package verifycmd is the command verify: its flags, the settings that it needs, and one call.
package verifycmd

import (
	"context"
	"errors"
	"flag"
	"io"
	"path/filepath"
	"slices"

	"httpd-syslog/cmd/internal/cli"
	"httpd-syslog/cmd/internal/readback"
	"httpd-syslog/forwarder/account"
	"httpd-syslog/forwarder/transport"
	"httpd-syslog/forwarder/verify"
	"httpd-syslog/forwarder/verify/daily"
	"httpd-syslog/forwarder/verify/finding"
)

// flags are the verify command's own.
type flags struct {
	o         verify.Options
	period    cli.Period
	json      bool
	sinceLast bool
}

func (f *flags) add(fs *flag.FlagSet) {
	cli.List(fs, "central", &f.o.Central)
	cli.List(fs, "seals", &f.o.Seals)
	cli.List(fs, "host", &f.o.Hosts)
	f.period.Add(fs)
	fs.BoolVar(&f.json, "json", false, "")
	fs.BoolVar(&f.sinceLast, "since-last", false, "")
}

func (f *flags) validate() error {
	if f.sinceLast && f.period != (cli.Period{}) {
		return errors.New("--since-last excludes --from and --to")
	}
	return f.period.Check()
}

// Run finds out whether logs are whole and unaltered. Without --since-last it writes nothing.
func Run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var own flags
	q := cli.Inquiry{Name: "verify", Options: own.add, Validate: own.validate, Unread: finding.Partial}
	q.Answer = func(ctx context.Context, f cli.Flags) (int, error) {
		report, err := check(ctx, f, &own)
		if report != nil {
			err = errors.Join(err, writeReport(stdout, report, own.json))
		}
		if err != nil {
			return 0, err
		}
		return report.Exit(), nil
	}
	return q.Run(ctx, readback.Options(args), stdout, stderr)
}

// pathOf is how a directory is called among paths; empty: it is none of them.
func pathOf(paths []string, dir string) string {
	at := slices.IndexFunc(paths, func(path string) bool {
		whole, err := filepath.Abs(path)
		return err == nil && whole == filepath.Clean(dir)
	})
	if at < 0 {
		return ""
	}
	return paths[at]
}

// check runs the check. The configuration says where the log directory is, unless an option does.
func check(ctx context.Context, f cli.Flags, own *flags) (*finding.Report, error) {
	own.o.LogDir, own.o.From, own.o.To = f.LogDir, own.period.From, own.period.To
	f.LogDir = "" // it makes no consumers of its own here
	s, err := cli.Load(f)
	if err == nil {
		own.o.Cards = s.CardRules().Numbers
	}
	if err == nil && s.Collects() {
		own.o.CentralDir, own.o.CentralLog = pathOf(own.o.Central, s.Collect.Dir), s.Log.Dir
	}
	local := own.sinceLast || own.o.LogDir == "" && len(own.o.Central) == 0
	paths := slices.Concat(own.o.Central, own.o.Seals)
	if err != nil && (local || readback.HasStore(paths)) {
		return nil, err
	}
	if local && own.o.LogDir == "" {
		own.o.LogDir = s.Log.Dir
	}
	what := transport.Fetch{From: own.o.From, To: own.o.To, Hosts: own.o.Hosts}
	if own.sinceLast { // who delivers may read the credentials of stores, and has to read the files
		if err := account.Become(s.User, s.StateDir); err != nil {
			return nil, err
		}
		what.From = daily.Since(s.State())
	}
	stores, err := readback.Read(ctx, &s, paths, what)
	if err != nil {
		return nil, err
	}
	defer stores.Remove()
	lines := len(own.o.Central)
	own.o.Central, own.o.Seals = stores.Paths[:lines:lines], stores.Paths[lines:]
	for _, o := range stores.Oddities {
		own.o.Found = append(own.o.Found, finding.Finding{Code: finding.Store, Say: finding.Show([]byte(o.Where + " " + o.What))})
	}
	if !own.sinceLast {
		return verify.Run(ctx, own.o)
	}
	return daily.Run(ctx, daily.Options{StateDir: s.State(), Host: s.Hostname, Verify: own.o})
}

func writeReport(w io.Writer, report *finding.Report, json bool) error {
	if json {
		return report.WriteJSON(w)
	}
	return report.Write(w)
}
