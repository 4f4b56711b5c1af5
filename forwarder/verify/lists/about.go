package lists

import (
	"slices"
	"strings"

	"httpd-syslog/forwarder/collector/place"
)

// about says which files are about the hosts that were asked for. Where their paths do not tell, all files are: which
// ones were about a host cannot be known of those that are gone, or have lost its lines. Paths tell where one names a
// host, and no file that has lines of one goes without: else a sender that calls a stream so would hide what became of
// the others.
type about struct {
	all     bool     // no host was asked for
	hosts   []string // as paths have them
	named   bool     // a path names one
	unnamed bool     // a file has lines of one, and its path does not name it
}

func newAbout(hosts, files []string, root string) about {
	a := about{all: len(hosts) == 0}
	for _, host := range hosts {
		a.hosts = append(a.hosts, place.Name(host), place.Name(strings.ToLower(host)))
	}
	for _, path := range files {
		name, below := strings.CutPrefix(path, root+"/")
		a.unnamed = a.unnamed || below && !isAnybodys(name) && !a.isNamed(strings.TrimSuffix(name, packed))
	}
	return a
}

// names notes whether a path names one of the hosts. It is called for all paths before isAbout.
func (a *about) names(path string) {
	a.named = a.named || !a.all && a.isNamed(path)
}

// isAbout reports whether a file is to be checked.
func (a *about) isAbout(name string) bool {
	return a.all || !a.named || a.unnamed || isAnybodys(name) || a.isNamed(name)
}

// isNamed reports whether a host is a part of a path: whole, or up to the date.
func (a *about) isNamed(path string) bool {
	for part := range strings.SplitSeq(path, "/") {
		if slices.Contains(a.hosts, part) {
			return true
		}
	}
	last, _, dated := strings.Cut(path[strings.LastIndexByte(path, '/')+1:], "-"+dateOf(path))
	return dated && slices.Contains(a.hosts, last)
}

// isAnybodys reports whether a file has the lines of all those hosts and kinds of a sender that are beyond a bound.
func isAnybodys(path string) bool {
	for part := range strings.SplitSeq(path, "/") {
		if part == place.Other || strings.HasPrefix(part, place.Other+"-") {
			return true
		}
	}
	return false
}
