package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"httpd-syslog/cmd/internal/cli"
	"httpd-syslog/cmd/internal/scancmd"
	"httpd-syslog/cmd/internal/stores"
	"httpd-syslog/config"
	"httpd-syslog/forwarder/syslogfmt"
)

// runCheck validates the configuration and shows what it comes to.
func runCheck(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var connect bool
	var cardFile string
	f, err := cli.ParseFlags(args, func(fs *flag.FlagSet) {
		fs.BoolVar(&connect, "connect", false, "")
		fs.StringVar(&cardFile, "card-numbers", "", "")
	})
	if errors.Is(err, flag.ErrHelp) {
		return cli.RunHelp(ctx, nil, stdout, stderr)
	}
	if err != nil {
		cli.Complain(stderr, err)
		return cli.ExitUsage
	}
	s, err := load(f)
	if err == nil {
		err = stores.Become(len(kinds) > 0, s.Relays, nil)
	}
	if err != nil {
		cli.Complain(stderr, err)
		return cli.ExitLost
	}
	if cardFile != "" {
		return scancmd.ShowCardNumbers(ctx, &s.Settings, cardFile, stdout, stderr)
	}
	describe(stdout, &s)
	status := cli.ExitOK
	for _, err := range append(s.Troubles(), s.State().CheckConsumers(s.Consumers())) {
		if err != nil {
			cli.Complain(stderr, err)
			status = cli.ExitLost
		}
	}
	if days := s.Collect.KeepDays; s.Collects() && days > 0 && days < config.AdvisedKeepDays {
		cli.Complain(stderr, fmt.Errorf("[collect] keep_age: files are removed after %d days; PCI DSS wants a year (10.5.1: write \"400d\")", days))
	}
	for i := range s.Relays {
		if r := &s.Relays[i]; s.Collects() && !s.SendsCollected(r) {
			cli.Complain(stderr, fmt.Errorf("relay %s: it gets nothing of what is collected: messages of RFC 3164 have no place for its headers and numbers (write format = \"rfc5424\")", r.Name))
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
	for _, text := range cardsOf(s) {
		fmt.Fprintf(w, "card numbers   %s\n", text)
	}
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
	for _, text := range s.Sealing() {
		fmt.Fprintf(w, "seals          %s\n", text)
	}
	if len(s.Relays) == 0 {
		fmt.Fprintln(w, "relay          none: local files only")
	}
	for _, l := range s.Listen {
		fmt.Fprintf(w, "listen         %s (service)%s\n", l, collected(l))
	}
	if s.Collects() {
		fmt.Fprintf(w, "collect        %s/%s, kept for %s\n", s.Collect.Dir, s.Collect.File, keptFor(s.Collect.KeepDays))
	}
	if s.HTTP.Listen != "" {
		fmt.Fprintf(w, "http           http://%s/ (service)\n", s.HTTP.Listen)
	}
	if s.Deliver == config.Service {
		fmt.Fprintln(w, "delivery       by the service alone")
	}
}

// cardsOf says what is done about card numbers. What is collected is another matter than this machine's lines.
func cardsOf(s *settings) []string {
	if !s.Collects() {
		return []string{s.CardNumbers.String()}
	}
	return []string{
		"in lines of this machine " + s.CardNumbers.String(),
		"in what is collected are not looked for: it stays as it came, else its seals would not fit; senders truncate them before they send",
	}
}

// collected says that what comes in somewhere is collected.
func collected(l config.Listen) string {
	if l.Collect {
		return ", collected"
	}
	return ""
}

func keptFor(days int) string {
	if days == 0 {
		return "ever"
	}
	return fmt.Sprintf("%d days", days)
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

// extras are the settings that most relays leave at their defaults, in words.
func extras(r *config.Relay) (text string) {
	if r.Reconnect > 0 {
		text += fmt.Sprintf(", connected anew about every %v", r.Reconnect)
	}
	if r.StructuredData != "" {
		text += ", structured data " + r.StructuredData
	}
	return text
}
