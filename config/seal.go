package config

import (
	"fmt"
	"slices"
	"time"

	"httpd-syslog/config/strict"
	"httpd-syslog/config/unit"
)

// Seal says how often what was written is sealed.
type Seal struct {
	// Every is the time between a line and the seal of it: 100 ms to 1 hour. 0: there are no seals.
	Every time.Duration
}

func (s *Seal) fields() []strict.Field {
	return []strict.Field{strict.Key("every", "0", s.readEvery)}
}

// readEvery is a duration with bounds, or 0.
func (s *Seal) readEvery(v strict.Value) {
	var d time.Duration
	if !unit.ReadDuration(v, &d) {
		return
	}
	if d != 0 && (d < 100*time.Millisecond || d > time.Hour) {
		v.Failf("%s is out of range (\"100ms\" to \"1h\", or \"0\" for no seals)", v.Quoted())
		return
	}
	s.Every = d
}

// Sealing tells in words how often seals are made, and of each relay whose server's copy they cannot show to be
// whole, why. It is empty where there are no seals.
func (c *Config) Sealing() (all []string) {
	if c.Seal.Every == 0 {
		return nil
	}
	all = append(all, fmt.Sprintf("every %v", c.Seal.Every))
	for i := range c.Relays {
		if why := c.Relays[i].uncheckable(); why != "" {
			all = append(all, fmt.Sprintf("relay %s: what its server has cannot be checked: %s", c.Relays[i].Name, why))
		}
	}
	return all
}

// uncheckable is why seals say nothing of what a relay's server has; empty: they do.
func (r *Relay) uncheckable() string {
	switch {
	case r.Format == RFC3164:
		return "messages of RFC 3164 have no numbers"
	case slices.ContainsFunc(r.Servers, func(e Endpoint) bool { return e.Scheme == "udp" }):
		return fmt.Sprintf("UDP loses messages without a word, and those of more than %d bytes are cut", r.MaxMessage)
	case len(r.Streams) > 0 && !slices.Contains(r.Streams, Audit):
		return fmt.Sprintf("it does not get the seals (add %q to streams)", Audit)
	}
	return ""
}
