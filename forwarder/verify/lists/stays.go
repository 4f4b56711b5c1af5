package lists

import (
	"path/filepath"
	"slices"

	"httpd-syslog/forwarder/event"
)

// stays is what the audit log of a collector has of its chains, by the directories that its files had one after the
// other.
type stays []stay

// stay is from one change of the directory to the next one.
type stay struct {
	dir    string // as the configuration had it; empty: it was never changed
	chains []string
}

// takes takes the chain of a seal; told again, it is of the stay in which it was told first.
func (s *stays) takes(chain string) {
	if len(*s) == 0 {
		*s = stays{{}}
	}
	if slices.ContainsFunc(*s, func(one stay) bool { return slices.Contains(one.chains, chain) }) {
		return
	}
	last := &(*s)[len(*s)-1]
	last.chains = append(last.chains, chain)
}

// moves takes the event that the directory is another one.
func (s *stays) moves(told *event.Told) {
	if len(*s) == 0 {
		*s = stays{{}}
	}
	if last := &(*s)[len(*s)-1]; last.dir == "" {
		last.dir = filepath.Clean(told.Get("was"))
	}
	*s = append(*s, stay{dir: filepath.Clean(told.Get("dir"))})
}

// of are the chains of the directories that some chains are of.
func (s stays) of(some map[string]map[string]bool) (all []string) {
	dirs := make(map[string]bool)
	for _, one := range s {
		if slices.ContainsFunc(one.chains, func(chain string) bool { return some[chain] != nil }) {
			dirs[one.dir] = true
		}
	}
	for _, one := range s {
		if dirs[one.dir] {
			all = append(all, one.chains...)
		}
	}
	return all
}
