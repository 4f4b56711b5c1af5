package lists

import (
	"slices"
	"strings"

	"httpd-syslog/forwarder/collector/place"
)

// about says which files are about the hosts that were asked for. Where no path names one of them all files are: which
// ones were about a host cannot be known of those that are gone, or have lost its lines.
type about struct {
	all   bool            // no host was asked for
	hosts []string        // as paths have them
	with  map[string]bool // names of files that have lines of them
	named bool            // a path names one
}

func newAbout(hosts, files []string, root string) about {
	a := about{all: len(hosts) == 0, with: make(map[string]bool)}
	for _, host := range hosts {
		a.hosts = append(a.hosts, place.Name(host))
	}
	for _, path := range files {
		if name, below := strings.CutPrefix(path, root+"/"); below {
			a.with[strings.TrimSuffix(name, packed)] = true
		}
	}
	return a
}

// names notes whether a path names one of the hosts. It is called for all paths before isAbout.
func (a *about) names(path string) {
	a.named = a.named || !a.all && a.isNamed(path)
}

// isAbout reports whether a file is to be checked.
func (a *about) isAbout(name string) bool {
	return a.all || !a.named || a.with[name] || a.isNamed(name)
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
