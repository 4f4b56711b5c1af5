// Package readback reads the entries of stores back into files, for commands that read files.
package readback

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"httpd-syslog/cmd/internal/cli"
	"httpd-syslog/cmd/internal/relays"
	"httpd-syslog/config"
	"httpd-syslog/config/endpoint"
	"httpd-syslog/forwarder/transport"
)

// Files are what was read back.
type Files struct {
	// Paths are those that were asked for, with a directory in the place of each store.
	Paths []string
	// Oddities show that somebody has changed what a store kept.
	Oddities []transport.Oddity
	dir      string // of all that was read back; empty: there were no stores
}

// Options are arguments with --central before each that is the URL of a store and has no option before it.
func Options(args []string) (options []string) {
	for i, arg := range args {
		if transport.NamesStore(arg) && (i == 0 || !takesPath(args[i-1])) {
			options = append(options, "--central")
		}
		options = append(options, arg)
	}
	return options
}

// takesPath reports whether an option is one whose value may be the URL of a store.
func takesPath(option string) bool {
	name := strings.TrimPrefix(option, "-")
	return name == "-central" || name == "central" || name == "-seals" || name == "seals"
}

// HasStore reports whether there is the URL of a store among paths: then the configuration is needed.
func HasStore(paths []string) bool { return slices.ContainsFunc(paths, transport.NamesStore) }

// Read reads back the stores among paths, which are URLs, into a directory below TMPDIR. The configuration says how
// they are read: it must have a relay to each. Remove must be called when the files are of no more use.
func Read(ctx context.Context, s *cli.Settings, paths []string, what transport.Fetch) (f Files, err error) {
	defer func() {
		if err != nil {
			f.Remove()
		}
	}()
	for _, path := range paths {
		if transport.NamesStore(path) {
			if path, err = f.read(ctx, s, path, what); err != nil {
				return f, err
			}
		}
		f.Paths = append(f.Paths, path)
	}
	return f, nil
}

// read reads one store back, and returns the directory.
func (f *Files) read(ctx context.Context, s *cli.Settings, url string, what transport.Fetch) (dir string, err error) {
	server, relay, err := find(s, url)
	if err != nil {
		return "", err
	}
	kind, err := transport.KindOf(server.Scheme)
	if err != nil {
		return "", err
	}
	if f.dir == "" {
		if f.dir, err = os.MkdirTemp("", "httpd_syslog-readback-"); err != nil {
			return "", err
		}
	}
	what.Dir = filepath.Join(f.dir, strconv.Itoa(len(f.Paths)))
	if err := os.Mkdir(what.Dir, 0o700); err != nil {
		return "", err
	}
	o := relays.Options(relay, s.Hostname)
	oddities, err := kind.Fetch(ctx, relays.Server(server), o.Transport(), what)
	f.Oddities = append(f.Oddities, oddities...)
	if err != nil {
		return "", fmt.Errorf("%s: %w", server, transport.Reason(err))
	}
	return what.Dir, nil
}

// find is the relay of the configuration that has a server.
func find(s *cli.Settings, url string) (config.Endpoint, *config.Relay, error) {
	server, err := endpoint.Parse(url)
	if err != nil {
		return server, nil, err
	}
	for i := range s.Relays {
		if r := &s.Relays[i]; slices.Contains(r.Servers, server) {
			return server, r, nil
		}
	}
	return server, nil, errors.New(server.String() + ": " + s.Path + " has no [[relay]] to this server, whose tables would say how it is read (write one there, or in another file, and name that with --config)")
}

// Remove removes the files.
func (f *Files) Remove() {
	if f.dir != "" {
		_ = os.RemoveAll(f.dir) // below TMPDIR, which is cleaned from time to time
	}
}
