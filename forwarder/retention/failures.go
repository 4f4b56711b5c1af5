package retention

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"httpd-syslog/forwarder/event"
)

// The kinds of failures.
var (
	scanning    = &event.RotatedUnseen
	removing    = &event.RotatedKept
	compressing = &event.RotatedPlain
	recording   = &event.RotatedUnrecorded

	kinds = [...]*event.Kind{scanning, removing, compressing, recording}
)

// retryEvery is how long after a failure it is tried again.
const retryEvery = time.Minute

// failures are the errors of what cannot be done at present, by kind and path.
type failures map[*event.Kind]map[string]error

// set notes the error that a path has at present; nil: none.
func (f failures) set(kind *event.Kind, path string, err error) {
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

// in reports whether a directory or any of its files has an error.
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

// tell calls trouble for each kind, with the error of its first path, or nil if none has an error.
func (f failures) tell(trouble func(kind *event.Kind, subject string, err error)) {
	for _, kind := range kinds {
		trouble(kind, "", f.first(kind))
	}
}

// first is the error of the first path of a kind; nil: none has one.
func (f failures) first(kind *event.Kind) error {
	if len(f[kind]) == 0 {
		return nil
	}
	return f[kind][slices.Min(slices.Collect(maps.Keys(f[kind])))]
}

// files is how many paths cannot be compressed, removed, or looked through.
func (f failures) files() int { return len(f[scanning]) + len(f[removing]) + len(f[compressing]) }

// text is the first of the failures in words; empty: there is none.
func (f failures) text() string {
	for _, kind := range kinds {
		if err := f.first(kind); err != nil {
			return strings.ReplaceAll(kind.Trouble("")+": "+err.Error(), "\n", "; ")
		}
	}
	return ""
}
