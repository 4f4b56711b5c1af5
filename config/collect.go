package config

import (
	"io/fs"
	"slices"
	"time"

	"httpd-syslog/config/strict"
	"httpd-syslog/config/unit"
	"httpd-syslog/forwarder/collector/pattern"
)

// Collect is where messages go that come in at listeners with Collect.
type Collect struct {
	// Dir is where the files are. An absolute, clean path other than StateDir and Log.Dir.
	Dir string
	// File is the path of a file below Dir.
	File pattern.Pattern
	// Streams are names of streams at the senders whose lines should come; empty: all.
	Streams []string
	// KeepDays is after how many days a file is deleted, 0 to 36,500 (keep_age in the file). 0: never.
	KeepDays int
	// Compress compresses files whose day is over.
	Compress bool
	// Mode is the permission of new files, as in Log.
	Mode fs.FileMode
	// Silence is how long a sender may be unheard of: 1 second to 365 days. 0: for ever.
	Silence time.Duration
	// Hosts are the senders that must be there; empty: whoever was heard, and has not ended in good order.
	Hosts []string
	// Forwarders are senders that speak for others.
	Forwarders []string
	// Grace is how long numbers may be late: 1 second to 7 days.
	Grace time.Duration
	// Acknowledge is what a message has survived that is answered over RELP.
	Acknowledge Acknowledge
}

// Acknowledge is what an answer over RELP promises.
type Acknowledge int

const (
	Written Acknowledge = iota // it survives the death of all processes
	Synced                     // it survives a power failure
)

var acknowledges = []string{"written", "synced"}

func (a Acknowledge) String() string { return nameOf(acknowledges, int(a)) }

// AdvisedKeepDays is how long PCI DSS wants logs to be kept (10.5.1).
const AdvisedKeepDays = 365

const defaultFile = "{sender}/{host}/{msgid}-{date}.log"

func (c *Collect) fields() []strict.Field {
	return []strict.Field{
		strict.Key("dir", "/var/log/httpd-syslog/central", directory(&c.Dir)),
		strict.Key("file", defaultFile, c.readFile),
		strict.Key("streams", nil, texts(&c.Streams)),
		strict.Key("keep_age", "400d", days(&c.KeepDays)),
		strict.Key("compress", true, strict.Bool(&c.Compress)),
		strict.Key("mode", "0640", unit.Mode(&c.Mode)),
		strict.Key("silence", "10m", c.readSilence),
		strict.Key("hosts", nil, texts(&c.Hosts)),
		strict.Key("forwarders", nil, texts(&c.Forwarders)),
		strict.Key("grace", "15m", unit.Duration(&c.Grace, time.Second, 7*unit.Day)),
		strict.Key("acknowledge", "written", strict.Choice(&c.Acknowledge, acknowledges)),
	}
}

func (c *Collect) readFile(v strict.Value) {
	s, ok := v.Text()
	if !ok {
		return
	}
	p, err := pattern.Parse(s)
	if err != nil {
		v.Failf("%s: %v", strict.Quote(s), err)
		return
	}
	c.File = p
}

// Collects reports whether there is a listener whose messages are collected.
func (c *Config) Collects() bool {
	return slices.ContainsFunc(c.Listen, func(l Listen) bool { return l.Collect })
}

// SendsCollected reports whether a relay sends on what is collected, with the headers and the numbers that it has: RFC 3164
// has no place for them.
func (c *Config) SendsCollected(r *Relay) bool { return c.Collects() && r.Format != RFC3164 }

// readSilence is a duration with bounds, or 0.
func (c *Collect) readSilence(v strict.Value) {
	var d time.Duration
	if !unit.ReadDuration(v, &d) {
		return
	}
	if d != 0 && (d < time.Second || d > maxSilence) {
		v.Failf("%s is out of range (\"1s\" to \"365d\", or \"0\" for never)", v.Quoted())
		return
	}
	c.Silence = d
}

const maxSilence = 365 * unit.Day

// texts reads a list of names, each once.
func texts(dst *[]string) func(strict.Value) {
	return func(v strict.Value) {
		items, ok := v.List()
		if !ok {
			return
		}
		for _, item := range items {
			s, ok := item.Text()
			switch {
			case !ok:
			case s == "" || len(s) > maxNamed || !strict.Plain(s):
				item.Failf("%s is not a name (1 to %d printable characters)", strict.Quote(s), maxNamed)
			case slices.Contains(*dst, s):
				item.Failf("%s is there twice (remove one)", strict.Quote(s))
			default:
				*dst = append(*dst, s)
			}
		}
	}
}

const maxNamed = 255
