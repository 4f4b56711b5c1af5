package main

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"httpd-syslog/cmd/internal/cli"
	"httpd-syslog/cmd/internal/stores"
	"httpd-syslog/forwarder"
	"httpd-syslog/forwarder/account"
	"httpd-syslog/forwarder/intake"
)

// settleTime is how long a changed configuration file must stay as it is before
// it is taken over: an editor's half-written file must not cost a relay its lines.
const settleTime = 2 * time.Second

// runDeliver delivers what is in the spool. An intake that finds no deliverer starts it.
func runDeliver(ctx context.Context, args []string, _, stderr io.Writer) int {
	intake.CloseInherited()
	cli.TakeName("httpd_syslogd")
	cli.OneProcessor()
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	signal.Ignore(syscall.SIGHUP, syscall.SIGPIPE)
	f, err := cli.ParseFlags(args, nil)
	if err != nil {
		cli.Complain(stderr, err)
		return cli.ExitUsage
	}
	s, err := loadSettled(ctx, f)
	if err != nil {
		cli.Complain(stderr, err)
		return cli.ExitUnable
	}
	if err := stores.Become(len(kinds) > 0, s.Relays, nil); err != nil {
		cli.Complain(stderr, err) // relays to stores wait, and nothing else has to
	}
	if err := account.DropPrivileges(s.User, s.StateDir, s.Log.Dir); err != nil {
		cli.Complain(stderr, err)
		return cli.ExitUnable
	}
	o := s.deliverer()
	o.Changed = (&changes{flags: f, path: s.Path, digest: s.Digest}).changed
	err = forwarder.RunDeliverer(ctx, o)
	switch {
	case err == nil, errors.Is(err, forwarder.ErrDelivering):
		return cli.ExitOK
	case errors.Is(err, forwarder.ErrChanged):
		err = intake.ExecSelf(append([]string{"deliver"}, args...)...)
	}
	cli.Complain(stderr, err)
	return cli.ExitUnable
}

// loadSettled loads the settings; if they would change the consumers, only once
// they have stayed the same for a while.
func loadSettled(ctx context.Context, f cli.Flags) (settings, error) {
	s, err := load(f)
	for err == nil && s.State().ConsumersDiffer(s.Consumers()) {
		select {
		case <-time.After(settleTime):
		case <-ctx.Done():
			return s, ctx.Err()
		}
		before := s.Digest
		if s, err = load(f); s.Digest == before {
			break
		}
	}
	return s, err
}

// changes watches the configuration file. Its methods are for one goroutine.
type changes struct {
	flags  cli.Flags
	path   string
	digest string // of the settings in force

	file  os.FileInfo // as last looked at; nil: none
	seen  string      // digest of a changed file that may still be being written; empty: none
	since time.Time
	told  bool
}

// changed reports whether the file has changed, has stayed as it is for settleTime, and loads. A
// changed file that does not load is an error, once.
func (c *changes) changed() (bool, error) {
	if !c.touched() && c.seen == "" {
		return false, nil
	}
	s, err := load(c.flags)
	if s.Digest == c.digest {
		c.seen = ""
		return false, nil
	}
	if s.Digest != c.seen {
		c.seen, c.since, c.told = s.Digest, time.Now(), false
		return false, nil
	}
	if time.Since(c.since) < settleTime || c.told {
		return false, nil
	}
	if err == nil {
		err = s.State().CheckConsumers(s.Consumers())
	}
	c.told = err != nil
	return err == nil, err
}

// touched reports whether the file's identity, time or size has changed since the last call:
// the content is read only then.
func (c *changes) touched() bool {
	before := c.file
	c.file, _ = os.Stat(c.path) // a file whose status cannot be read counts as none
	if before == nil || c.file == nil {
		return before != c.file
	}
	return !os.SameFile(before, c.file) || before.Size() != c.file.Size() || !before.ModTime().Equal(c.file.ModTime())
}
