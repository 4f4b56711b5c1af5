package main

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"httpd-syslog/forwarder"
)

// settleTime is how long a changed configuration file must stay as it is before
// it is taken over: an editor's half-written file must not cost a relay its lines.
const settleTime = 2 * time.Second

// runDeliver delivers what is in the spool, on behalf of an intake that found
// nobody who does.
func runDeliver(ctx context.Context, args []string, _, stderr io.Writer) int {
	takeName()
	oneProcessor()
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	signal.Ignore(syscall.SIGHUP, syscall.SIGPIPE)
	f, err := parseFlags(args, nil)
	if err != nil {
		complain(stderr, err)
		return exitUsage
	}
	s, err := loadSettled(ctx, f)
	if err != nil {
		complain(stderr, err)
		return exitUnable
	}
	if err := forwarder.DropPrivileges(s.User, s.StateDir, s.Log.Dir); err != nil {
		complain(stderr, err)
		return exitUnable
	}
	o := s.deliverer()
	o.Changed = (&changes{flags: f, path: s.path, digest: s.digest}).look
	err = forwarder.RunDeliverer(ctx, o)
	switch {
	case err == nil, errors.Is(err, forwarder.ErrDelivering):
		return exitOK
	case errors.Is(err, forwarder.ErrChanged):
		err = syscall.Exec("/proc/self/exe", append([]string{"httpd_syslog", "deliver"}, args...), os.Environ())
	}
	complain(stderr, err)
	return exitUnable
}

// loadSettled loads the settings; if they would change the consumers, only once
// they have stayed the same for a while.
func loadSettled(ctx context.Context, f flags) (settings, error) {
	s, err := load(f)
	for err == nil && forwarder.ConsumersDiffer(s.StateDir, s.consumers()) {
		select {
		case <-time.After(settleTime):
		case <-ctx.Done():
			return s, ctx.Err()
		}
		before := s.digest
		if s, err = load(f); s.digest == before {
			break
		}
	}
	return s, err
}

// changes watches the configuration file.
type changes struct {
	flags  flags
	path   string
	digest string // of the settings in force

	file  os.FileInfo // as last looked at; nil: none
	seen  string      // a digest that differs
	since time.Time
	told  bool
}

// look reports whether the file has changed, has stayed so for a while, and can
// be used. If it cannot, that is an error, once.
func (c *changes) look() (bool, error) {
	if !c.touched() && c.seen == "" {
		return false, nil
	}
	s, err := load(c.flags)
	if s.digest == c.digest {
		c.seen = ""
		return false, nil
	}
	if s.digest != c.seen {
		c.seen, c.since, c.told = s.digest, time.Now(), false
		return false, nil
	}
	if time.Since(c.since) < settleTime || c.told {
		return false, nil
	}
	if err == nil {
		err = forwarder.CheckConsumers(s.StateDir, s.consumers())
	}
	c.told = err != nil
	return err == nil, err
}

// touched reports whether the file is not the one it was at the last call, by
// what it costs little to ask.
func (c *changes) touched() bool {
	before := c.file
	c.file, _ = os.Stat(c.path) // one that cannot be looked at counts as none
	if before == nil || c.file == nil {
		return before != c.file
	}
	return !os.SameFile(before, c.file) || before.Size() != c.file.Size() || !before.ModTime().Equal(c.file.ModTime())
}
