package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"time"

	"httpd-syslog/cmd/internal/cli"
	"httpd-syslog/forwarder"
	"httpd-syslog/forwarder/account"
	"httpd-syslog/forwarder/report"
	"httpd-syslog/forwarder/statedir"
)

// statusFlags are the status command's own.
type statusFlags struct {
	json, check      bool
	acknowledge      bool
	warnAge, critAge time.Duration
}

func (f *statusFlags) add(fs *flag.FlagSet) {
	fs.BoolVar(&f.json, "json", false, "")
	fs.BoolVar(&f.check, "check", false, "")
	fs.BoolVar(&f.acknowledge, "acknowledge", false, "")
	fs.DurationVar(&f.warnAge, "warn-age", time.Minute, "")
	fs.DurationVar(&f.critAge, "crit-age", 10*time.Minute, "")
}

func (f *statusFlags) validate() error {
	switch {
	case f.json && f.check:
		return errors.New("--json and --check exclude each other")
	case f.acknowledge && (f.json || f.check):
		return errors.New("--acknowledge excludes --json and --check")
	case f.warnAge < 0 || f.critAge < f.warnAge:
		return fmt.Errorf("--warn-age %v, --crit-age %v: the second must not be below the first, nor the first below 0", f.warnAge, f.critAge)
	}
	return nil
}

// runStatus tells how the delivery is doing. It reads files alone, so it does not
// matter who delivers.
func runStatus(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var own statusFlags
	f, err := cli.ParseFlags(args, own.add)
	if errors.Is(err, flag.ErrHelp) {
		return cli.RunHelp(ctx, nil, stdout, stderr)
	}
	if err = errors.Join(err, own.validate()); err != nil {
		err = fmt.Errorf("status: %w", err)
		if slices.Contains(args, "--check") || slices.Contains(args, "-check") {
			return unknown(stdout, err)
		}
		cli.Complain(stderr, err)
		return cli.ExitUsage
	}
	dir, problem, err := statusDir(f)
	var st forwarder.Status
	if err == nil && own.acknowledge {
		err = acknowledge(f, dir)
	}
	if err == nil {
		st, err = forwarder.ReadStatus(dir)
	}
	switch {
	case err != nil && own.check:
		return unknown(stdout, hinted(err))
	case err != nil:
		cli.Complain(stderr, hinted(err))
		return cli.ExitUnable
	case own.check:
		return checkStatus(stdout, &st, problem, own.warnAge, own.critAge)
	}
	if problem != nil {
		cli.Complain(stderr, problem)
	}
	if own.json {
		err = report.WriteJSON(stdout, st)
	} else {
		err = writeStatus(stdout, &st)
	}
	if err != nil {
		cli.Complain(stderr, fmt.Errorf("write status: %w", err))
		return cli.ExitUnable
	}
	return cli.ExitOK
}

// acknowledge notes that somebody has seen what was found in the local log, as the user who delivers.
func acknowledge(f cli.Flags, dir string) error {
	name := ""
	if s, err := load(f); err == nil {
		name = s.User
	}
	if err := account.Become(name, dir); err != nil {
		return err
	}
	return statedir.Acknowledge(dir)
}

// statusDir finds the state directory. A configuration that is wrong, or that the directory does not
// belong to, is a problem, but says most of the time where to look all the same; one that cannot be read is
// an error.
func statusDir(f cli.Flags) (dir string, problem, err error) {
	if f.StateDir != "" {
		return f.StateDir, nil, nil
	}
	s, err := load(f)
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, fs.ErrNotExist) {
		return "", nil, err
	}
	if err == nil {
		err = statedir.CheckConsumers(s.StateDir, s.Consumers())
		if errors.Is(err, fs.ErrPermission) {
			err = nil // reading the status says so
		}
	}
	return s.StateDir, err, nil
}

// hinted says what to do where a Status cannot be read.
func hinted(err error) error {
	switch {
	case errors.Is(err, fs.ErrPermission):
		return &statusError{err, "be root or a member of the group httpd-syslog (usermod -a -G httpd-syslog USER)"}
	case errors.Is(err, fs.ErrNotExist):
		return &statusError{err, "nothing has been logged yet, or --config or --state-dir has to say where"}
	}
	return err
}

// statusError is an error with what to do about it.
type statusError struct {
	error
	hint string
}

func (e *statusError) Hint() string  { return e.hint }
func (e *statusError) Unwrap() error { return e.error }
