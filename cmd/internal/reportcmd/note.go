package reportcmd

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"

	"httpd-syslog/cmd/internal/cli"
	"httpd-syslog/forwarder/account"
	"httpd-syslog/forwarder/audit"
	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/noting"
	"httpd-syslog/forwarder/report"
	"httpd-syslog/forwarder/report/source"
)

// RunNote adds to an incident what is known of it.
func RunNote(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	n := noting.Note{Who: noting.Caller()}
	var central []string
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		n.Incident, args = args[0], args[1:]
	}
	f, err := cli.ParseFlags(args, func(fs *flag.FlagSet) {
		fs.StringVar(&n.Cause, "cause", "", "")
		fs.StringVar(&n.Remedy, "remedy", "", "")
		cli.List(fs, "central", &central)
	})
	if errors.Is(err, flag.ErrHelp) {
		return cli.RunHelp(ctx, nil, stdout, stderr)
	}
	if err == nil && n.Incident == "" {
		err = errors.New("which incident? httpd_syslog note INCIDENT --cause TEXT --remedy TEXT")
	}
	if err = errors.Join(err, n.Check()); err != nil {
		cli.Complain(stderr, fmt.Errorf("note: %w", err))
		return cli.ExitUsage
	}
	if err := note(ctx, f, central, &n); err != nil {
		cli.Complain(stderr, fmt.Errorf("note: %w", err))
		return cli.ExitUnable
	}
	fmt.Fprintf(stdout, "noted: %s, incident %s\n", event.Plain(n.What), event.Plain(n.Incident))
	return cli.ExitOK
}

// note finds the incident, and tells of the note as the user who delivers.
func note(ctx context.Context, f cli.Flags, central []string, n *noting.Note) error {
	s, err := cli.Load(f)
	if err != nil {
		return err
	}
	if err := account.Become(s.User, s.StateDir); err != nil {
		return err
	}
	open, closed, err := audit.Incidents(s.State())
	if err != nil {
		return err
	}
	known := openOnes(open)
	if i := slices.IndexFunc(known, func(in one) bool { return in.id == n.Incident }); i >= 0 {
		n.What = known[i].what
	} else if err := find(ctx, f, central, n, known, slices.Contains(closed, n.Incident)); err != nil {
		return err
	}
	return n.Tell(s.State(), s.Hostname, s.CardRules())
}

// one is an incident that can be noted on.
type one struct{ id, what string }

func openOnes(open []audit.Incident) (all []one) {
	for _, in := range open {
		all = append(all, one{in.ID, what(in.Code, in.Subject)})
	}
	return all
}

func what(code, subject string) string {
	if subject == "" {
		return code
	}
	return code + " of " + subject
}

// find looks for an incident in the files, with events of others and of the past. isClosed says that the
// state directory knows that it is over, and no more.
func find(ctx context.Context, f cli.Flags, central []string, n *noting.Note, open []one, isClosed bool) error {
	o, _, err := options(f, central)
	if err != nil {
		return err
	}
	r, err := source.Read(ctx, *o)
	if err != nil {
		return err
	}
	for i := range r.Incidents {
		in := &r.Incidents[i]
		if in.ID == n.Incident {
			n.What = what(in.Code, in.Subject) + " at " + in.Host
			return nil
		}
		if in.IsOpen() && !slices.ContainsFunc(open, func(o one) bool { return o.id == in.ID }) {
			open = append(open, one{in.ID, what(in.Code, in.Subject) + " at " + in.Host})
		}
	}
	for i := range r.Exceptions {
		if s := &r.Exceptions[i]; slices.Contains(s.Incidents, n.Incident) {
			n.What = s.Code + " at " + s.Host
			return nil
		}
	}
	if isClosed {
		n.What = "one that is over"
		return nil
	}
	return unknown(n.Incident, open, r)
}

// maxListed is how many open incidents an error lists.
const maxListed = 20

func unknown(id string, open []one, r *report.Report) error {
	say := fmt.Sprintf("there is no incident %q in the state directory, nor in %d files with events", id, r.Files)
	for i, in := range open {
		switch i {
		case 0:
			say += "; open are: "
		case maxListed:
			return errors.New(say + " and others")
		default:
			say += ", "
		}
		say += event.Plain(in.id) + " (" + event.Plain(in.what) + ")"
	}
	if len(open) == 0 {
		say += "; none is open"
	}
	return errors.New(say + "; httpd_syslog report has those that are over")
}
