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
	"time"

	"golang.org/x/sys/unix"

	"httpd-syslog/cmd/internal/cli"
	"httpd-syslog/config"
	"httpd-syslog/forwarder"
	"httpd-syslog/forwarder/account"
	"httpd-syslog/forwarder/trust"
)

// checkAsDeliverer looks at what the user who is to deliver needs, having become that
// user: what root may read or connect to says little. It is the last thing that a process
// does.
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

// checkTLS reads the files of each relay over TLS, and tells what they have.
func checkTLS(s *settings, who string, stdout, stderr io.Writer) bool {
	good := true
	for i := range s.Relays {
		r := &s.Relays[i]
		o := relayOptions(r).TLS
		found, errs := o.Check(time.Now())
		for _, text := range found {
			fmt.Fprintf(stdout, "tls            %s: %s\n", r.Name, text)
		}
		for _, err := range errs {
			cli.Complain(stderr, fmt.Errorf("relay %s: %w%s", r.Name, err, denied(err, who)))
			good = false
		}
	}
	return good
}

// denied says that who may not read a file, and because of what.
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

// dialAll connects to each server of each relay and tells what came of it.
func dialAll(ctx context.Context, s *settings, w io.Writer) bool {
	all := true
	for i := range s.Relays {
		r := &s.Relays[i]
		for _, e := range r.Servers {
			address, err := forwarder.TryConnect(ctx, serverAt(e), relayOptions(r))
			if err != nil {
				all = false
				fmt.Fprintf(w, "connect        %s: FAILED: %s%s: %v\n", r.Name, e, used(e, address), err)
				continue
			}
			fmt.Fprintf(w, "connect        %s: %s%s%s\n", r.Name, e, used(e, address), connected(e))
		}
	}
	return all
}

// used says which address the server's name stood for; nothing where it was given as one.
func used(e config.Endpoint, address string) string {
	if address == "" || e.Scheme == "unix" || address == net.JoinHostPort(e.Host, e.Port) {
		return ""
	}
	return " (" + address + ")"
}

// connected says what a successful Dial is worth.
func connected(e config.Endpoint) string {
	if e.Scheme == "udp" {
		return " can be addressed (UDP does not tell whether anybody listens)"
	}
	return " answers"
}
