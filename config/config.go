// Package config turns the program's one TOML file into typed values, so that nothing
// downstream parses a string again.
//
// What it guarantees:
//   - A [Config] that [Parse] or [Load] returns is complete (defaults filled in) and within the
//     bounds documented at each field. There is no half-valid configuration.
//   - All problems are reported at once, in file order, each with file, line and key. Unknown
//     keys are problems. See [Errors].
//   - No input makes it panic, or takes more than a moment: the size of a file and the depth of
//     its nesting are bounded before the TOML library sees it.
//   - The result depends on the file alone, not on the environment, the time zone or the disk.
//
// It does not look at the machine: whether a directory exists, a host resolves or a port answers
// is for others to find out. It imports no other package of this project, and only cmd imports it.
//
// Sizes are strings such as "100MB": kB, MB and GB are powers of 1000, KiB, MiB and GiB of 1024;
// a plain number is bytes. Durations are strings such as "500ms", "5s", "10m", "2h" and, in whole
// days, "365d"; a number without a unit is an error.
package config

import "time"

// Config is the whole configuration. It is plain data: copy it, but do not share its slices
// between goroutines that write.
type Config struct {
	// Hostname is the HOSTNAME of every message: up to 255 printable US-ASCII characters,
	// no space. Empty: the system's.
	Hostname string
	// User is the login name, or the number, that the program drops to when root starts it: up to 32
	// of the characters of POSIX names. Empty: the owner of StateDir.
	User string
	// StateDir holds the spool, cursors and locks. An absolute, clean path other than Log.Dir.
	StateDir string
	// Deliver says who may deliver what is in the spool.
	Deliver DeliverBy
	// DrainTimeout is how long a front started by hand waits at the end of input for delivery, and
	// how long an end of the service may take: 0 to 5 minutes.
	DrainTimeout time.Duration

	Log   Log
	Spool Spool
	// Streams is never empty. Names and files are unique.
	Streams []Stream
	// Relays is empty where only local files are kept. Names are unique.
	Relays []Relay
	// Listen is where the service takes syslog in. Addresses are unique.
	Listen []Listen
	HTTP   HTTP
}

// DeliverBy says who may deliver.
type DeliverBy int

const (
	// Auto lets an intake start a deliverer where the service is not running.
	Auto DeliverBy = iota
	// Service leaves it to the service: without it lines wait in the spool.
	Service
)

var deliverNames = []string{"auto", "service"}

// String returns d as the file has it.
func (d DeliverBy) String() string { return nameOf(deliverNames, int(d)) }

// Default returns the configuration that applies without a file: the streams access and error,
// local files only.
func Default() *Config {
	return &Config{
		StateDir:     "/var/lib/httpd-syslog",
		DrainTimeout: 5 * time.Second,
		Log:          defaultLog(),
		Spool:        defaultSpool(),
		Streams:      defaultStreams(),
		HTTP:         defaultHTTP(),
	}
}

// fields lists the top-level keys. Streams come before relays, which name them.
func (c *Config) fields() []field {
	return []field{
		{"hostname", hostname(&c.Hostname)},
		{"user", text(&c.User, checkUser)},
		{"state_dir", directory(&c.StateDir)},
		{"deliver", choice(&c.Deliver, deliverNames)},
		{"drain_timeout", duration(&c.DrainTimeout, 0, 5*time.Minute)},
		{"log", section("log", c.Log.fields())},
		{"spool", section("spool", c.Spool.fields())},
		{"stream", c.readStreams},
		{"relay", c.readRelays},
		{"listen", c.readListeners},
		{"http", section("http", c.HTTP.fields())},
	}
}

// check finds what is wrong between keys that are each right.
func (c *Config) check(root table) {
	if c.StateDir == c.Log.Dir {
		root.later("state_dir", "log", "dir").fail("%s is both state_dir and dir of [log] (keep them apart)", quote(c.StateDir))
	}
	if keep := c.Log.KeepSize; keep != 0 && keep < c.Log.MaxSize {
		root.sub("log").at("keep_size").fail("%s is less than a rotated file may have (at least max_size, which is %s; \"0\" is no limit)",
			formatSize(keep), formatSize(c.Log.MaxSize))
	}
	if least := 16 * int64(c.Spool.MaxLine); c.Spool.MaxSize < least {
		root.sub("spool").at("max_size").fail("%s is too small for a max_line of %s (at least 16 times as much: %s)",
			formatSize(c.Spool.MaxSize), formatSize(int64(c.Spool.MaxLine)), formatSize(least))
	}
	if least := 4 * int64(c.Spool.MaxLine); c.Spool.Memory < least {
		root.sub("spool").at("memory").fail("%s is too small for a max_line of %s (at least four times as much: %s)",
			formatSize(c.Spool.Memory), formatSize(int64(c.Spool.MaxLine)), formatSize(least))
	}
}
