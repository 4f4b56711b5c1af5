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
	"httpd-syslog/cmd/internal/monitor"
	"httpd-syslog/forwarder/account"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/status"
	"httpd-syslog/forwarder/status/senders"
	"httpd-syslog/forwarder/words"
)

// statusFlags are the status command's own.
type statusFlags struct {
	json, check      bool
	acknowledge      bool
	sender           string
	warnAge, critAge time.Duration
}

func (f *statusFlags) add(fs *flag.FlagSet) {
	fs.BoolVar(&f.json, "json", false, "")
	fs.BoolVar(&f.check, "check", false, "")
	fs.BoolVar(&f.acknowledge, "acknowledge", false, "")
	fs.StringVar(&f.sender, "sender", "", "")
	fs.DurationVar(&f.warnAge, "warn-age", time.Minute, "")
	fs.DurationVar(&f.critAge, "crit-age", 10*time.Minute, "")
}

func (f *statusFlags) validate() error {
	switch {
	case f.json && f.check:
		return errors.New("--json and --check exclude each other")
	case f.acknowledge && (f.json || f.check):
		return errors.New("--acknowledge excludes --json and --check")
	case f.sender != "" && (f.check || f.acknowledge):
		return errors.New("--sender excludes --check and --acknowledge")
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
			return monitor.Unknown(stdout, err)
		}
		cli.Complain(stderr, err)
		return cli.ExitUsage
	}
	dir, problem, err := statusDir(f)
	var st status.Status
	if err == nil && own.acknowledge {
		err = acknowledge(f, dir)
	}
	if err == nil {
		st, err = status.Read(dir)
	}
	switch {
	case err != nil && own.check:
		return monitor.Unknown(stdout, hinted(err))
	case err != nil:
		cli.Complain(stderr, hinted(err))
		return cli.ExitUnable
	case own.check:
		return monitor.Check(stdout, &st, problem, own.warnAge, own.critAge)
	}
	if problem != nil {
		cli.Complain(stderr, problem)
	}
	if err = own.write(stdout, &st); err != nil {
		cli.Complain(stderr, fmt.Errorf("write status: %w", err))
		return cli.ExitUnable
	}
	return cli.ExitOK
}

// write writes the status as it was asked for.
func (f *statusFlags) write(w io.Writer, st *status.Status) error {
	if st.Collect == nil || !f.json && f.sender == "" {
		if f.json {
			return words.WriteJSON(w, *st)
		}
		return writeStatus(w, st)
	}
	all, err := senders.NewReader(st.StateDir).All()
	if err != nil {
		return err
	}
	found := senders.Select(all, senders.Query{Text: f.sender})
	if f.json {
		st.Collect.Senders = found.Senders
		return words.WriteJSON(w, *st)
	}
	return writeSenders(w, st, &found)
}

// acknowledge notes that somebody has seen what was found in the local log or damaged in the spool.
// It becomes the user who delivers, whose the files of the state directory are.
func acknowledge(f cli.Flags, dir statedir.Dir) error {
	name := ""
	if s, err := load(f); err == nil {
		name = s.User
	}
	if err := account.Become(name, string(dir)); err != nil {
		return err
	}
	return dir.Acknowledge()
}

// statusDir finds the state directory. problem: the configuration is wrong, or is not the one whose
// consumers the directory belongs to; dir is where to look all the same. err: the configuration cannot be
// read, so that nobody knows where to look.
func statusDir(f cli.Flags) (dir statedir.Dir, problem, err error) {
	if f.StateDir != "" {
		return statedir.Dir(f.StateDir), nil, nil
	}
	s, err := load(f)
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, fs.ErrNotExist) {
		return "", nil, err
	}
	if err == nil {
		err = s.State().CheckConsumers(s.Consumers())
		if errors.Is(err, fs.ErrPermission) {
			err = nil // reading the status says so
		}
	}
	return s.State(), err, nil
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
