package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"httpd-syslog/cmd/internal/cli"
	"httpd-syslog/config"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/syslogfmt"
)

// runCheck validates the configuration and shows what it comes to.
func runCheck(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var connect bool
	f, err := cli.ParseFlags(args, func(fs *flag.FlagSet) { fs.BoolVar(&connect, "connect", false, "") })
	if errors.Is(err, flag.ErrHelp) {
		return cli.RunHelp(ctx, nil, stdout, stderr)
	}
	if err != nil {
		cli.Complain(stderr, err)
		return cli.ExitUsage
	}
	s, err := load(f)
	if err != nil {
		cli.Complain(stderr, err)
		return cli.ExitLost
	}
	describe(stdout, &s)
	status := cli.ExitOK
	for _, err := range append(s.Troubles(), statedir.CheckConsumers(s.StateDir, s.Consumers())) {
		if err != nil {
			cli.Complain(stderr, err)
			status = cli.ExitLost
		}
	}
	if !checkAsDeliverer(ctx, &s, connect, stdout, stderr) {
		status = cli.ExitLost
	}
	return status
}

// describe prints what the settings come to, one line for each thing.
func describe(w io.Writer, s *settings) {
	source := s.Path
	if !s.Exists {
		source += " (does not exist: defaults)"
	}
	fmt.Fprintf(w, "configuration  %s\n", source)
	fmt.Fprintf(w, "state          %s\n", s.StateDir)
	fmt.Fprintf(w, "local log      %s, rotated %s and at %d bytes\n", s.Log.Dir, s.Log.Rotate, s.Log.MaxSize)
	for _, st := range s.Streams {
		severity := syslogfmt.Severity(st.Severity).String()
		if st.AutoSeverity {
			severity = "(Apache's level, else " + severity + ")"
		}
		fmt.Fprintf(w, "stream         %s → %s, %s.%s, tag %s\n", st.Name, st.File, syslogfmt.Facility(st.Facility), severity, st.Tag)
	}
	for _, r := range s.Relays {
		fmt.Fprintf(w, "relay          %s → %s, %s, messages up to %d bytes%s\n", r.Name, serverList(&r), r.Format, r.MaxMessage, extras(&r))
	}
	if len(s.Relays) == 0 {
		fmt.Fprintln(w, "relay          none: local files only")
	}
	for _, l := range s.Listen {
		fmt.Fprintf(w, "listen         %s (service)\n", l)
	}
	if s.HTTP.Listen != "" {
		fmt.Fprintf(w, "http           http://%s/ (service)\n", s.HTTP.Listen)
	}
	if s.Deliver == config.Service {
		fmt.Fprintln(w, "delivery       by the service alone")
	}
}

// serverList has the servers in their order.
func serverList(r *config.Relay) string {
	var all []string
	for _, e := range r.Servers {
		all = append(all, e.String())
	}
	if r.Order == config.Random && len(all) > 1 {
		return strings.Join(all, " or ") + " at random"
	}
	return strings.Join(all, ", else ")
}

// extras are what most relays do not have.
func extras(r *config.Relay) (text string) {
	if r.Reconnect > 0 {
		text += fmt.Sprintf(", connected anew about every %v", r.Reconnect)
	}
	if r.StructuredData != "" {
		text += ", structured data " + r.StructuredData
	}
	return text
}
