package retention

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"httpd-syslog/forwarder/syslogfmt"
)

// The kinds of failures, as events name them.
const (
	scanning    = "rotated files cannot be looked through"
	removing    = "rotated files cannot be removed"
	compressing = "rotated files cannot be compressed"
	recording   = "the record of rotated files cannot be written"
)

var kinds = [...]string{scanning, removing, compressing, recording}

// retryEvery is how long after a failure it is tried again.
const retryEvery = time.Minute

// failures are what cannot be done at present, by kind and path.
type failures map[string]map[string]error

// set notes how a path has fared.
func (f failures) set(kind, path string, err error) {
	if err == nil {
		delete(f[kind], path)
		return
	}
	if f[kind] == nil {
		f[kind] = make(map[string]error)
	}
	f[kind][path] = err
}

// clear forgets what failed with a directory and its files, which are about to be tried again.
func (f failures) clear(dir string) {
	for _, paths := range f {
		maps.DeleteFunc(paths, func(path string, _ error) bool { return within(path, dir) })
	}
}

// in tells whether anything has failed with a directory or its files.
func (f failures) in(dir string) bool {
	for _, paths := range f {
		for path := range paths {
			if within(path, dir) {
				return true
			}
		}
	}
	return false
}

func within(path, dir string) bool { return path == dir || filepath.Dir(path) == dir }

// tell tells of each kind why the first of its paths fails, or that none does.
func (f failures) tell(trouble func(s syslogfmt.Severity, what string, err error)) {
	for _, kind := range kinds {
		trouble(syslogfmt.Err, kind, f.first(kind))
	}
}

// first is why the first of the paths fails; nil: none does.
func (f failures) first(kind string) error {
	if len(f[kind]) == 0 {
		return nil
	}
	return f[kind][slices.Min(slices.Collect(maps.Keys(f[kind])))]
}

// files is how many cannot be compressed or removed, or looked for.
func (f failures) files() int { return len(f[scanning]) + len(f[removing]) + len(f[compressing]) }

// text is the first of them in words.
func (f failures) text() string {
	for _, kind := range kinds {
		if err := f.first(kind); err != nil {
			return strings.ReplaceAll(kind+": "+err.Error(), "\n", "; ")
		}
	}
	return ""
}
