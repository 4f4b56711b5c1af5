package cli

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"path/filepath"
	"strings"
)

// Flags are the options that front, intake, deliver and check have in common.
type Flags struct {
	Stream   string
	Config   string
	Relays   []string
	LogDir   string
	StateDir string
	Wait     bool
}

// ParseFlags reads args. With an error it returns the options that it has understood before.
// more, if not nil, adds options of one command's own.
func ParseFlags(args []string, more func(*flag.FlagSet)) (Flags, error) {
	var f Flags
	fs := flag.NewFlagSet("httpd_syslog", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.StringVar(&f.Stream, "stream", "access", "")
	fs.StringVar(&f.Config, "config", "", "")
	fs.StringVar(&f.LogDir, "log-dir", "", "")
	fs.StringVar(&f.StateDir, "state-dir", "", "")
	fs.BoolVar(&f.Wait, "wait", false, "")
	fs.Func("relay", "", func(s string) error { f.Relays = append(f.Relays, s); return nil })
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
func (f *Flags) absolute() error {
	for _, p := range []*string{&f.Config, &f.LogDir, &f.StateDir} {
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

// Args are the options as arguments, for a process that this one starts. --wait is left out: it
// concerns the front alone.
func (f *Flags) Args() []string {
	var a []string
	add := func(name, value string) {
		if value != "" {
			a = append(a, "--"+name+"="+value)
		}
	}
	add("stream", f.Stream)
	add("config", f.Config)
	add("log-dir", f.LogDir)
	add("state-dir", f.StateDir)
	for _, r := range f.Relays {
		add("relay", r)
	}
	return a
}

// Own identifies the options that make the consumers others than the configuration file's: a
// log directory, relays. Empty: there are none.
func (f *Flags) Own() string {
	if len(f.Relays) == 0 && f.LogDir == "" {
		return ""
	}
	return strings.Join(append([]string{f.Config, f.LogDir}, f.Relays...), "\n")
}
