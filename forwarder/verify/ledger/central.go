package ledger

import (
	"iter"
	"strings"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/seal"
)

// Central is what collectors have told of their own files: in their own audit logs, or in other hands. What stands in
// the files of a collector is none of it: there any sender can tell what only a collector knows.
type Central struct {
	Chains  seal.Checker
	lists   map[string]map[string]int64 // by chain: up to where its lists are sealed
	hosts   map[string]map[string]bool  // by chain: those who have told its seals
	removed map[string]map[string]bool  // by host: files
}

// Add takes an event that a host has told. What no collector tells of its files is passed over.
func (c *Central) Add(host, text string) {
	told, ok := event.Parse(text)
	if ok && told.Code == event.CollectRemoved.Code {
		put(c.removed, host, strings.TrimSuffix(told.Get("file"), ".gz"), true)
	}
	if s, err := seal.Parse(text); err == nil && s.Central != nil {
		c.Chains.Add(&s, text)
		put(c.lists, s.Chain, s.Central.List, max(c.lists[s.Chain][s.Central.List], s.Central.End))
		put(c.hosts, s.Chain, host, true)
	}
}

func put[V any](in map[string]map[string]V, key, name string, value V) {
	if in[key] == nil {
		in[key] = make(map[string]V)
	}
	in[key][name] = value
}

// Collector is what is told of the files of one, by their paths below its directory.
type Collector struct {
	Lists   map[string]int64 // up to where they are sealed
	Removed map[string]bool  // with an event
}

// IsIn reports whether a list has had seals of a chain.
func (c *Central) IsIn(chain, list string) bool { return c.lists[chain][list] > 0 }

// Of is what the collector has told that has made some chains.
func (c *Central) Of(chains iter.Seq[string]) Collector {
	of := Collector{make(map[string]int64), make(map[string]bool)}
	for chain := range chains {
		for name, end := range c.lists[chain] {
			of.Lists[name] = max(of.Lists[name], end)
		}
		for host := range c.hosts[chain] {
			for name := range c.removed[host] {
				of.Removed[name] = true
			}
		}
	}
	return of
}
