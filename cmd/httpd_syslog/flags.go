package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"path/filepath"
	"strings"
)

// flags are those that front, intake, deliver and check have in common.
type flags struct {
	stream   string
	config   string
	relays   []string
	logDir   string
	stateDir string
	wait     bool
}

// parseFlags reads args as far as they can be understood: an error comes with
// what was. more, if not nil, adds flags of one command's own.
func parseFlags(args []string, more func(*flag.FlagSet)) (flags, error) {
	var f flags
	fs := flag.NewFlagSet("httpd_syslog", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.StringVar(&f.stream, "stream", "access", "")
	fs.StringVar(&f.config, "config", "", "")
	fs.StringVar(&f.logDir, "log-dir", "", "")
	fs.StringVar(&f.stateDir, "state-dir", "", "")
	fs.BoolVar(&f.wait, "wait", false, "")
	fs.Func("relay", "", func(s string) error { f.relays = append(f.relays, s); return nil })
	if more != nil {
		more(fs)
	}
	err := fs.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		return f, err
	}
	if err == nil && fs.NArg() > 0 {
		err = fmt.Errorf("unexpected argument %q; \"httpd_syslog help\" lists the commands and options", fs.Arg(0))
	}
	return f, errors.Join(err, f.absolute())
}

// absolute makes paths independent of the working directory, which a deliverer
// does not keep.
func (f *flags) absolute() error {
	for _, p := range []*string{&f.config, &f.logDir, &f.stateDir} {
		if *p == "" {
			continue
		}
		abs, err := filepath.Abs(*p)
		if err != nil {
			return fmt.Errorf("path %q: %w", *p, err)
		}
		*p = abs
	}
	return nil
}

// args gives the flags back, for a process that this one starts.
func (f *flags) args() []string {
	var a []string
	add := func(name, value string) {
		if value != "" {
			a = append(a, "--"+name+"="+value)
		}
	}
	add("stream", f.stream)
	add("config", f.config)
	add("log-dir", f.logDir)
	add("state-dir", f.stateDir)
	for _, r := range f.relays {
		add("relay", r)
	}
	return a
}

// own is what makes the consumers other ones than the configuration file's.
func (f *flags) own() string {
	if len(f.relays) == 0 && f.logDir == "" {
		return ""
	}
	return strings.Join(append([]string{f.config, f.logDir}, f.relays...), "\n")
}
