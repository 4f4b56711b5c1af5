package ledger

import (
	"strings"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/seal"
)

// Central is what a collector has told of its own files.
type Central struct {
	Chains  seal.Checker
	Lists   map[string]int64 // up to where its lists are sealed
	removed map[string]bool
}

// Add takes an event of a collector. What it does not concern is passed over.
func (c *Central) Add(text string) {
	told, ok := event.Parse(text)
	if ok && told.Code == event.CollectRemoved.Code {
		c.removed[strings.TrimSuffix(told.Get("file"), ".gz")] = true
	}
	if s, err := seal.Parse(text); err == nil && s.Central != nil {
		c.addSeal(&s, text)
	}
}

func (c *Central) addSeal(s *seal.Seal, text string) {
	c.Chains.Add(s, text)
	c.Lists[s.Central.List] = max(c.Lists[s.Central.List], s.Central.End)
}

// Removed reports whether an event says that a file was removed, by its path below the directory.
func (c *Central) Removed(name string) bool { return c.removed[name] }
