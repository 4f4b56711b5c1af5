package cli

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/sys/unix"

	"httpd-syslog/config"
	"httpd-syslog/forwarder/account"
	"httpd-syslog/forwarder/statedir"
)

const defaultConfig = "/etc/httpd-syslog/httpd_syslog.toml"

// Settings are the configuration file's values with those of the command line.
type Settings struct {
	*config.Config
	Path   string // of the configuration file, whether it exists or not
	Exists bool
	Digest string // of the file's content
	Source string // the file, and what the command line adds to it
}

// Load reads the settings. With an error they still say which state directory
// to use, as far as can be found out; the rest is the default.
func Load(f Flags) (Settings, error) {
	s := Settings{Path: f.Config}
	if s.Path == "" {
		s.Path = defaultConfig
	}
	data, err := config.ReadFile(s.Path)
	s.Exists = err == nil
	s.Digest = shortHash(string(data))
	s.Source = s.Path
	if own := f.Own(); own != "" {
		s.Source += " with options " + shortHash(own)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist) && f.Config == "":
		s.Config, err = config.Default(), nil
		homeless(s.Config)
	case err == nil:
		s.Config, err = config.Parse(s.Path, data)
	}
	if err != nil {
		s.Config = config.Default()
		if dir := config.Salvage(data); dir != "" {
			s.StateDir = dir
		}
	}
	return s, errors.Join(err, s.override(f))
}

func shortHash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:6])
}

// override lets the command line have its way. Relays or a log directory of its
// own need a state directory of its own too, since those are other consumers.
func (s *Settings) override(f Flags) error {
	var errs []error
	if len(f.Relays) > 0 {
		s.Relays = nil
	}
	for _, url := range f.Relays {
		e, err := config.ParseEndpoint(url)
		if err != nil {
			errs = append(errs, fmt.Errorf("--relay: %w", err))
			continue
		}
		r := config.NewRelay(e)
		if slices.ContainsFunc(s.Relays, func(o config.Relay) bool { return o.Name == r.Name }) {
			errs = append(errs, fmt.Errorf("--relay: %q is given twice", url))
			continue
		}
		s.Relays = append(s.Relays, r)
	}
	if f.LogDir != "" {
		s.Log.Dir = f.LogDir
	}
	switch {
	case f.StateDir != "":
		s.StateDir = f.StateDir
	case f.Own() != "":
		s.StateDir = filepath.Join(s.StateDir, "by-flags", shortHash(f.Own()))
	}
	if s.Hostname == "" {
		s.Hostname, _ = os.Hostname() // empty is sent as the nil value
	}
	return errors.Join(errs...)
}

// homeless moves the default directories to where a user other than root may
// write: below $XDG_STATE_HOME, ~/.local/state, or a directory of the user's own
// under the temporary directory.
func homeless(c *config.Config) {
	if os.Geteuid() == 0 {
		return
	}
	base := os.Getenv("XDG_STATE_HOME")
	if home := os.Getenv("HOME"); base == "" && home != "" && writable(home) {
		base = filepath.Join(home, ".local", "state")
	}
	if filepath.IsAbs(base) {
		base = filepath.Join(base, "httpd-syslog")
	} else {
		base = ownDirIn(os.TempDir(), fmt.Sprintf("httpd-syslog-%d", os.Geteuid()))
	}
	c.StateDir = filepath.Join(base, "state")
	c.Log.Dir = filepath.Join(base, "log")
}

// ownDirIn makes a directory that nobody else can write to where everybody may
// make one. A name that somebody else has taken is passed over.
func ownDirIn(shared, name string) string {
	const names = 100
	for n := range names {
		dir := filepath.Join(shared, name)
		if n > 0 {
			dir = fmt.Sprintf("%s-%d", dir, n)
		}
		if err := os.Mkdir(dir, 0o700); err == nil || isOwn(dir) {
			return dir
		}
	}
	return filepath.Join(shared, name, "taken-by-others") // cannot be made, which is told
}

// isOwn reports whether it is a directory, and the user's alone.
func isOwn(dir string) bool {
	var st unix.Stat_t
	err := unix.Lstat(dir, &st)
	return err == nil && st.Mode&unix.S_IFMT == unix.S_IFDIR && int(st.Uid) == os.Geteuid() && st.Mode&0o022 == 0
}

func writable(dir string) bool { return unix.Access(dir, unix.W_OK) == nil }

// Stream returns a stream's configuration, and whether there is one.
func (s *Settings) Stream(name string) (config.Stream, bool) {
	for _, st := range s.Streams {
		if st.Name == name {
			return st, true
		}
	}
	return config.Stream{}, false
}

// Consumers is the set of consumers that the settings describe.
func (s *Settings) Consumers() statedir.ConsumerSet {
	set := statedir.ConsumerSet{Config: s.Source, Digest: s.Digest, LogDir: s.Log.Dir}
	for _, st := range s.Streams {
		set.Streams = append(set.Streams, st.Name)
	}
	for _, r := range s.Relays {
		set.Relays = append(set.Relays, r.Name)
	}
	return set
}

// Troubles are what keeps lines from where they are wanted, or lets others at them, as far
// as the machine tells; those that are nil are none.
func (s *Settings) Troubles() []error {
	return []error{
		account.CheckUser(s.User),
		account.CheckReadable(s.User, s.StateDir, s.Path),
		statedir.Check(s.StateDir),
		statedir.CheckNotForAll("state directory", s.StateDir),
		statedir.CheckNotForAll("log directory", s.Log.Dir),
	}
}
