// Package stores is the way to the program that has the libraries of stores.
package stores

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"syscall"

	"httpd-syslog/config"
	"httpd-syslog/forwarder/intake"
	"httpd-syslog/forwarder/transport"
)

// Name is httpd_syslogd with what it takes to write to stores and to read from them, built from the same source
// with the tag "stores". That is a program of its own, since the libraries of stores cost each process memory
// and time at its start: packaging/doc/scale.md has the figures.
const Name = "httpd_syslogd_stores"

// Become makes this process one of Name with the same arguments, if these or the relays need that.
// Where it is missing the process goes on: whoever connects to a store then says so. An error says why one that is there
// cannot be started; then, too, everything but stores can go on.
//
// have says that this is that already.
func Become(have bool, relays []config.Relay, args []string) error {
	needed := slices.ContainsFunc(args, namesStore) ||
		slices.ContainsFunc(relays, func(r config.Relay) bool { return r.Servers[0].IsStore() })
	if !needed || have {
		return nil
	}
	path := intake.Beside(Name)
	err := syscall.Exec(path, append([]string{path}, os.Args[1:]...), os.Environ())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return fmt.Errorf("exec %s: %w", path, err)
}

// namesStore reports whether an argument is the URL of a store, or ends with one behind an equals sign.
func namesStore(arg string) bool {
	return transport.NamesStore(arg[strings.Index(arg, "=")+1:])
}
