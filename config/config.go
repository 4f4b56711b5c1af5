// Package config turns the program's one TOML file into typed values, so that nothing
// downstream parses a string again.
//
// What it guarantees:
//   - A [Config] that [Parse] or [Load] returns is complete (defaults filled in) and within the
//     bounds documented at each field. There is no half-valid configuration.
//   - All problems are reported at once, in file order, each with file, line and key. Unknown
//     keys are problems. See [strict.Errors].
//   - No input makes it panic, or takes more than a moment: the size of a file and the depth of
//     its nesting are bounded before the TOML library sees it.
//   - The result depends on the file alone, not on the environment, the time zone or the disk.
//
// It does not look at the machine: whether a directory exists, a host resolves or a port answers
// is for others to find out. How a file is read, and where each key stands, is package strict's to
// know; here is what the keys of this program mean. Of forwarder it imports a grammar alone, and only
// cmd imports it.
//
// Sizes are strings such as "100MB": kB, MB and GB are powers of 1000, KiB, MiB and GiB of 1024;
// a plain number is bytes. Durations are strings such as "500ms", "5s", "10m", "2h" and, in whole
// days, "365d"; a number without a unit is an error.
package config

import (
	"slices"
	"time"

	"httpd-syslog/config/strict"
	"httpd-syslog/config/unit"
)

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

	Log         Log
	Spool       Spool
	Seal        Seal
	CardNumbers CardNumbers
	// Streams is never empty. Names and files are unique.
	Streams []Stream
	// Relays is empty where only local files are kept. Names are unique.
	Relays []Relay
	// Listen is where the service takes syslog in. Addresses are unique.
	Listen  []Listen
	Collect Collect
	HTTP    HTTP
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
	c := &Config{Streams: defaultStreams()}
	strict.SetDefaults(slices.Concat(c.keys(), c.Log.fields(), c.Spool.fields(), c.Collect.fields(), c.Seal.fields(), c.CardNumbers.fields(), c.HTTP.fields()))
	return c
}

// keys lists the keys of the top level.
func (c *Config) keys() []strict.Field {
	return []strict.Field{
		strict.Key("hostname", nil, hostname(&c.Hostname)),
		strict.Key("user", nil, strict.Text(&c.User, checkUser)),
		strict.Key("state_dir", "/var/lib/httpd-syslog", directory(&c.StateDir)),
		strict.Key("deliver", "auto", strict.Choice(&c.Deliver, deliverNames)),
		strict.Key("drain_timeout", "5s", unit.Duration(&c.DrainTimeout, 0, 5*time.Minute)),
	}
}

// tables lists the tables. Streams come before relays, which name them.
func (c *Config) tables(n *names) []strict.Field {
	return []strict.Field{
		strict.Key("log", nil, strict.Section(c.Log.fields())),
		strict.Key("spool", nil, strict.Section(c.Spool.fields())),
		strict.Key("seal", nil, strict.Section(c.Seal.fields())),
		strict.Key("card_numbers", nil, strict.Section(c.CardNumbers.fields())),
		strict.Key("stream", nil, c.readStreams(n)),
		strict.Key("relay", nil, c.readRelays(n)),
		strict.Key("listen", nil, c.readListeners(n)),
		strict.Key("collect", nil, strict.Section(c.Collect.fields())),
		strict.Key("http", nil, strict.Section(c.HTTP.fields())),
	}
}

// check finds what is wrong between keys that are each right.
func (c *Config) check(root strict.Table) {
	if c.StateDir == c.Log.Dir {
		root.Later("state_dir", "log", "dir").Failf("%s is both state_dir and dir of [log] (keep them apart)", strict.Quote(c.StateDir))
	}
	if dir := c.Collect.Dir; dir == c.StateDir || dir == c.Log.Dir {
		root.Sub("collect").At("dir").Failf("%s is also state_dir or dir of [log] (keep them apart)", strict.Quote(dir))
	}
	if keep := c.Log.KeepSize; keep != 0 && keep < c.Log.MaxSize {
		root.Sub("log").At("keep_size").Failf("%s is less than a rotated file may have (at least max_size, which is %s; \"0\" is no limit)",
			unit.FormatSize(keep), unit.FormatSize(c.Log.MaxSize))
	}
	if least := 16 * int64(c.Spool.MaxLine); c.Spool.MaxSize < least {
		root.Sub("spool").At("max_size").Failf("%s is too small for a max_line of %s (at least 16 times as much: %s)",
			unit.FormatSize(c.Spool.MaxSize), unit.FormatSize(int64(c.Spool.MaxLine)), unit.FormatSize(least))
	}
	if least := 4 * int64(c.Spool.MaxLine); c.Spool.Memory < least {
		root.Sub("spool").At("memory").Failf("%s is too small for a max_line of %s (at least four times as much: %s)",
			unit.FormatSize(c.Spool.Memory), unit.FormatSize(int64(c.Spool.MaxLine)), unit.FormatSize(least))
	}
}
