package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os/signal"
	"syscall"
	"time"
)

// Inquiry is a command that says something of logs, and comes to an end by itself, or at SIGTERM or
// SIGINT.
type Inquiry struct {
	Name     string
	Options  func(*flag.FlagSet) // adds the command's own
	Validate func() error        // holds that these go together
	Unread   int                 // the exit status where it cannot be said
	// Answer says it, and returns the exit status.
	Answer func(ctx context.Context, f Flags) (status int, err error)
}

// Run is a Command.
func (q *Inquiry) Run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	f, err := ParseFlags(args, q.Options)
	if errors.Is(err, flag.ErrHelp) {
		return RunHelp(ctx, nil, stdout, stderr)
	}
	if err = errors.Join(err, q.Validate()); err != nil {
		Complain(stderr, fmt.Errorf("%s: %w", q.Name, err))
		return ExitUsage
	}
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	status, err := q.Answer(ctx, f)
	if err != nil {
		Complain(stderr, fmt.Errorf("%s: %w", q.Name, err))
		return q.Unread
	}
	return status
}

// Period is the time that an inquiry is about. A zero time is no bound.
type Period struct{ From, To time.Time }

// Add adds the options for it.
func (p *Period) Add(fs *flag.FlagSet) {
	fs.Func("from", "", func(s string) (err error) { p.From, err = ParseTime(s, false); return err })
	fs.Func("to", "", func(s string) (err error) { p.To, err = ParseTime(s, true); return err })
}

// Check holds that it does not end before it begins.
func (p *Period) Check() error {
	if !p.From.IsZero() && !p.To.IsZero() && !p.From.Before(p.To) {
		return errors.New("--from must be before --to")
	}
	return nil
}

// List adds an option that may be there several times, and not empty.
func List(fs *flag.FlagSet, name string, to *[]string) {
	fs.Func(name, "", func(s string) error {
		if s == "" {
			return errors.New("it is empty")
		}
		*to = append(*to, s)
		return nil
	})
}
