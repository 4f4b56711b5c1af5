package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"httpd-syslog/cmd/internal/cli"
	"httpd-syslog/cmd/internal/relays"
	"httpd-syslog/config"
	"httpd-syslog/forwarder/account"
	"httpd-syslog/forwarder/transport"
	"httpd-syslog/forwarder/trust"
)

// checkAsDeliverer becomes the user who is to deliver, and checks that this user can write the
// files, read the certificates and connect: that root can says little. A process that has
// called it has no privileges left, so that it is the last check.
func checkAsDeliverer(ctx context.Context, s *settings, connect bool, stdout, stderr io.Writer) bool {
	who := "who runs this check, may not read it; root's is made as the user who is to deliver"
	if os.Geteuid() == 0 {
		who = "who is to deliver, may not read it"
	}
	if err := account.Become(s.User, s.StateDir); err != nil {
		if account.CheckUser(s.User) == nil { // else it is told of already
			cli.Complain(stderr, err)
		}
		return false
	}
	good := checkFiles(s, stderr)
	good = checkTLS(s, who, stdout, stderr) && good
	return (!connect || dialAll(ctx, s, stdout)) && good
}

// checkTLS reads the files of each relay and each listener over TLS, and tells what they have.
func checkTLS(s *settings, who string, stdout, stderr io.Writer) bool {
	good := true
	for i := range s.Relays {
		r := &s.Relays[i]
		o := relays.Options(r, s.Hostname).TLS
		found, errs := o.Check(time.Now())
		for _, text := range found {
			fmt.Fprintf(stdout, "tls            %s: %s\n", r.Name, text)
		}
		for _, err := range errs {
			cli.Complain(stderr, fmt.Errorf("relay %s: %w%s", r.Name, err, denied(err, who)))
			good = false
		}
	}
	for i := range s.Listen {
		l := &s.Listen[i]
		o := listenTLS(l)
		if o == nil {
			continue
		}
		found, errs := o.Check(time.Now())
		for _, text := range found {
			fmt.Fprintf(stdout, "tls            %s: %s\n", l, text)
		}
		for _, err := range errs {
			cli.Complain(stderr, fmt.Errorf("listener %s: %w%s", l, err, denied(err, who)))
			good = false
		}
	}
	return good
}

// denied says that the user described by who may not read a file, and names the directory, or
// else the file, whose mode forbids it.
func denied(err error, who string) string {
	var file *trust.FileError
	if !errors.Is(err, fs.ErrPermission) || !errors.As(err, &file) {
		return ""
	}
	what := file.Path
	for dir := filepath.Dir(file.Path); ; dir = filepath.Dir(dir) {
		if unix.Access(dir, unix.X_OK) == unix.EACCES {
			what = dir // the topmost one decides
		}
		if dir == filepath.Dir(dir) {
			break
		}
	}
	return fmt.Sprintf(" (user %d, %s; the mode of %s decides: chgrp and chmod, or another user)", os.Geteuid(), who, what)
}

// nobodysSeries is a series that no relay has: a check neither needs to know the relay's own, nor does it write to any.
var nobodysSeries = strings.Repeat("0", 32)

// dialAll connects to each server of each relay and tells what came of it.
func dialAll(ctx context.Context, s *settings, w io.Writer) bool {
	all := true
	for i := range s.Relays {
		r := &s.Relays[i]
		o := relays.Options(r, s.Hostname)
		o.Store.Series.ID = nobodysSeries
		examined := false
		for _, e := range r.Servers {
			address, err := transport.TryConnect(ctx, relays.Server(e), o.Transport())
			if err != nil {
				all = false
				fmt.Fprintf(w, "connect        %s: FAILED: %s%s: %v\n", r.Name, e, used(e, address), err)
				continue
			}
			fmt.Fprintf(w, "connect        %s: %s%s%s\n", r.Name, e, used(e, address), connected(e))
			if e.IsStore() && !examined {
				examined = true
				examine(ctx, r.Name, relays.Server(e), o.Transport(), w)
			}
		}
	}
	return all
}

// used says which address the server's name stood for; empty where the configuration has an
// address.
func used(e config.Endpoint, address string) string {
	if address == "" || e.Scheme == "unix" || address == net.JoinHostPort(e.Host, e.Port) {
		return ""
	}
	return " (" + address + ")"
}

// connected says what a successful Dial proves: over UDP, for one, nothing was sent.
func connected(e config.Endpoint) string {
	if e.Scheme == "udp" {
		return " can be addressed (UDP does not tell whether anybody listens)"
	}
	return " answers"
}

// examine tells what about a store is not good for evidence. That is advice, and no failure.
func examine(ctx context.Context, name string, server transport.Server, o transport.Options, w io.Writer) {
	kind, err := transport.KindOf(server.Scheme)
	if err != nil {
		return // the attempt to connect has told it
	}
	advice, err := kind.Examine(ctx, server, o)
	for _, text := range advice {
		fmt.Fprintf(w, "store          %s: %s\n", name, text)
	}
	if err != nil {
		fmt.Fprintf(w, "store          %s: %v\n", name, transport.Reason(err))
	}
}
