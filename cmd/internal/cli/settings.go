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
	"httpd-syslog/config/endpoint"
	"httpd-syslog/forwarder/account"
	"httpd-syslog/forwarder/cardnumber"
	"httpd-syslog/forwarder/cards"
	"httpd-syslog/forwarder/statedir"
)

const defaultConfig = "/etc/httpd-syslog/httpd_syslog.toml"

// Settings are the configuration file's values with those of the command line.
type Settings struct {
	*config.Config
	Path   string // of the configuration file, whether it exists or not
	Exists bool
	Digest string // of the file's content
	Sum    string // SHA-256 of that, hexadecimal; empty: there is no file
	Source string // the file, and what the command line adds to it
}

// State is the state directory.
func (s *Settings) State() statedir.Dir { return statedir.Dir(s.StateDir) }

// Load reads the settings. With an error the settings have the state directory and what is
// done about card numbers, as far as that can be made out in the file, and defaults for all else:
// lines then wait in the right spool.
func Load(f Flags) (Settings, error) {
	s := Settings{Path: f.Config}
	if s.Path == "" {
		s.Path = defaultConfig
	}
	data, err := config.ReadFile(s.Path)
	s.Exists = err == nil
	s.Digest = shortHash(string(data))
	if s.Exists {
		sum := sha256.Sum256(data)
		s.Sum = hex.EncodeToString(sum[:])
	}
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
		s.CardNumbers = config.SalvageCards(data)
	}
	return s, errors.Join(err, s.override(f))
}

func shortHash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:6])
}

// override puts the command line's options in place of the file's settings. Relays or a log
// directory on the command line have a state directory of their own too: they are other
// consumers, and a state directory belongs to one set of consumers.
func (s *Settings) override(f Flags) error {
	var errs []error
	if len(f.Relays) > 0 {
		s.Relays = nil
	}
	for _, url := range f.Relays {
		e, err := endpoint.Parse(url)
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
	return filepath.Join(shared, name, "taken-by-others") // cannot be made: Troubles tells of that
}

// isOwn reports whether dir is a directory of this user that nobody else may write to; a link
// is none.
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
		if s.SendsCollected(&r) {
			set.Whole = append(set.Whole, r.Name)
		}
	}
	return set
}

// Troubles are what keeps lines from being spooled and delivered, or lets other users read
// them, as far as the machine tells. Errors that are nil are no trouble.
func (s *Settings) Troubles() []error {
	return []error{
		account.CheckUser(s.User),
		account.CheckReadable(s.User, s.StateDir, s.Path),
		s.State().Check(),
		statedir.CheckNotForAll("state directory", s.StateDir),
		statedir.CheckNotForAll("log directory", s.Log.Dir),
		s.checkCollect(),
	}
}

// checkCollect looks at the directory of the collector's files, where there is a collector.
func (s *Settings) checkCollect() error {
	if !s.Collects() {
		return nil
	}
	return statedir.CheckNotForAll("directory of [collect]", s.Collect.Dir)
}

// CardRules translates the settings for the packages that take lines in.
func (s *Settings) CardRules() cards.Rules {
	r := cards.Rules{Numbers: cardnumber.Rules{Except: s.CardNumbers.Except}}
	switch s.CardNumbers.Action {
	case config.Truncate:
		r.Action = cards.Truncate
	case config.CardsOff:
		r.Action = cards.Off
	}
	if s.CardNumbers.Keep == config.Keep0And4 {
		r.Numbers.Keep = cardnumber.Keep0And4
	}
	return r
}
