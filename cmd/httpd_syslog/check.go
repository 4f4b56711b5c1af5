package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"httpd-syslog/config"
	"httpd-syslog/forwarder"
	"httpd-syslog/forwarder/syslogfmt"
)

// runCheck validates the configuration and shows what it comes to.
func runCheck(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var connect bool
	f, err := parseFlags(args, func(fs *flag.FlagSet) { fs.BoolVar(&connect, "connect", false, "") })
	if errors.Is(err, flag.ErrHelp) {
		return runHelp(ctx, nil, stdout, stderr)
	}
	if err != nil {
		complain(stderr, err)
		return exitUsage
	}
	s, err := load(f)
	if err != nil {
		complain(stderr, err)
		return exitLost
	}
	describe(stdout, &s)
	status := exitOK
	for _, err := range append(s.troubles(), forwarder.CheckConsumers(s.StateDir, s.consumers())) {
		if err != nil {
			complain(stderr, err)
			status = exitLost
		}
	}
	if connect && !dialAll(ctx, &s, stdout) {
		status = exitLost
	}
	return status
}

// troubles are what keeps lines from where they are wanted, or lets others at them, as far
// as the machine tells; those that are nil are none.
func (s *settings) troubles() []error {
	return []error{
		forwarder.CheckUser(s.User),
		forwarder.CheckReadable(s.User, s.StateDir, s.path),
		forwarder.CheckStateDir(s.StateDir),
		forwarder.CheckNotForAll("state directory", s.StateDir),
		forwarder.CheckNotForAll("log directory", s.Log.Dir),
	}
}

// describe prints what the settings come to, one line for each thing.
func describe(w io.Writer, s *settings) {
	source := s.path
	if !s.exists {
		source += " (does not exist: defaults)"
	}
	fmt.Fprintf(w, "configuration  %s\n", source)
	fmt.Fprintf(w, "state          %s\n", s.StateDir)
	fmt.Fprintf(w, "local log      %s, rotated %s and at %d bytes\n", s.Log.Dir, s.Log.Rotate, s.Log.MaxSize)
	for _, st := range s.Streams {
		severity := syslogfmt.Severity(st.Severity).String()
		if st.AutoSeverity {
			severity = "(Apache's level)"
		}
		fmt.Fprintf(w, "stream         %s → %s, %s.%s, tag %s\n", st.Name, st.File, syslogfmt.Facility(st.Facility), severity, st.Tag)
	}
	for _, r := range s.Relays {
		fmt.Fprintf(w, "relay          %s → %s, %s, messages up to %d bytes\n", r.Name, serverList(r.Servers), r.Format, r.MaxMessage)
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
func serverList(servers []config.Endpoint) string {
	var all []string
	for _, e := range servers {
		all = append(all, e.String())
	}
	return strings.Join(all, ", else ")
}

// dialAll connects to each server of each relay and tells what came of it.
func dialAll(ctx context.Context, s *settings, w io.Writer) bool {
	all := true
	for i := range s.Relays {
		r := &s.Relays[i]
		for _, e := range r.Servers {
			if err := forwarder.TryConnect(ctx, serverAt(e), relayOptions(r)); err != nil {
				all = false
				fmt.Fprintf(w, "connect        %s: FAILED: %s: %v\n", r.Name, e, err)
				continue
			}
			fmt.Fprintf(w, "connect        %s: %s%s\n", r.Name, e, connected(e))
		}
	}
	return all
}

// connected says what a successful Dial is worth.
func connected(e config.Endpoint) string {
	if e.Scheme == "udp" {
		return " can be addressed (UDP does not tell whether anybody listens)"
	}
	return " answers"
}
