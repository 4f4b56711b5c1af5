// Package scancmd is the command scan: its flags, the settings that it needs, and one call.
package scancmd

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"httpd-syslog/cmd/internal/cli"
	"httpd-syslog/forwarder/account"
	"httpd-syslog/forwarder/audit"
	"httpd-syslog/forwarder/cardscan"
	"httpd-syslog/forwarder/event"
)

// Run looks for card numbers in files.
func Run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var f cli.Flags
	var tell bool
	fs := flag.NewFlagSet("scan", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.StringVar(&f.Config, "config", "", "")
	fs.StringVar(&f.StateDir, "state-dir", "", "")
	fs.BoolVar(&tell, "tell", false, "")
	err := fs.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		return cli.RunHelp(ctx, nil, stdout, stderr)
	}
	if err == nil && fs.NArg() == 0 {
		err = errors.New("scan needs files or directories: httpd_syslog scan /var/log")
	}
	s, loadErr := cli.Load(f)
	if err = errors.Join(err, loadErr); err != nil {
		cli.Complain(stderr, err)
		return cli.ExitUsage
	}
	total := scanPaths(ctx, fs.Args(), cardscan.Options{Rules: s.CardRules().Numbers}, stdout, stderr)
	if tell {
		if err := tellScan(&s, fs.Args(), &total); err != nil {
			cli.Complain(stderr, fmt.Errorf("scan: %w", err))
			return scanUnable
		}
	}
	return total.ExitStatus()
}

// scanUnable is the exit status where something could not be done.
const scanUnable = 2

// scanPaths looks at files.
func scanPaths(ctx context.Context, paths []string, o cardscan.Options, stdout, stderr io.Writer) cardscan.Total {
	f, ok := stderr.(*os.File)
	return cardscan.Print(ctx, paths, o, stdout, stderr, ok && cli.IsTerminal(f))
}

// tellScan has an event tell what was found, by a log of its own in the spool, as the user who delivers.
func tellScan(s *cli.Settings, paths []string, total *cardscan.Total) error {
	if err := account.Become(s.User, s.StateDir); err != nil {
		return err
	}
	log := audit.New(audit.Options{StateDir: s.State(), Host: s.Hostname})
	defer log.Close()
	what, count := strings.Join(paths, " "), total.Counts.Total()
	e := event.CardsScanned.With("files", total.Files, "what", what, "bytes", total.Bytes, "count", count, "unread", total.Failed, "writer", log.Writer(), "last", 0, "last_event", 1)
	if count > 0 {
		e = event.CardsScanFound.With("files", total.Files, "count", count, "what", what, "bytes", total.Bytes, "unread", total.Failed, "writer", log.Writer(), "last", 0, "last_event", 1)
	}
	if _, written := log.TellNow(s.CardRules().Redact(e)); !written {
		return errors.New("the event of what was found cannot be written into the spool")
	}
	return nil
}

// ShowCardNumbers shows what of a file would be taken for card numbers under the settings.
func ShowCardNumbers(ctx context.Context, s *cli.Settings, path string, stdout, stderr io.Writer) int {
	fmt.Fprintf(stdout, "card numbers   %v\n", s.CardNumbers)
	o := cardscan.Options{Rules: s.CardRules().Numbers, Context: 24}
	total := scanPaths(ctx, []string{path}, o, stdout, stderr)
	return total.ExitStatus()
}
