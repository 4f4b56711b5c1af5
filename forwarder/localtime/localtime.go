// Package localtime is the machine's time zone, followed while the process lives. The standard library
// reads it once: time.Local stays what it was when the process began, and cannot be replaced while
// goroutines use it. So whatever writes local time takes it from here.
//
// The zone is found as package time finds it: the file or zone that the environment variable TZ
// names; without TZ /etc/localtime; UTC where there is none.
package localtime

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const etcLocaltime = "/etc/localtime"

// zone is a time zone and what it was made of.
type zone struct {
	loc  *time.Location
	name string // for people
	data []byte // content of the zone's file; nil: package time has found the zone by its name
}

var (
	current atomic.Pointer[zone] // nil: time.Local
	looking sync.Mutex           // one Refresh at a time
)

// Zone is the machine's time zone as of the last Refresh. It takes no time.
func Zone() *time.Location {
	if z := current.Load(); z != nil {
		return z.loc
	}
	return time.Local
}

// Now is the time, in the zone.
func Now() time.Time { return time.Now().In(Zone()) }

// Refresh reads the zone of the machine again. changed: it is another one than at the last Refresh, and name is
// its name. While the zone cannot be read the last one stays.
func Refresh() (name string, changed bool) {
	looking.Lock()
	defer looking.Unlock()
	before := current.Load()
	z, err := read(before)
	if err != nil || z == before {
		return "", false
	}
	current.Store(z)
	return z.name, before != nil && (z.name != before.name || !bytes.Equal(z.data, before.data))
}

// read finds the zone. It returns before if the zone has not changed.
func read(before *zone) (*zone, error) {
	path, name := source()
	if path == "" {
		if before != nil && before.name == name {
			return before, nil
		}
		loc, err := time.LoadLocation(name)
		if err != nil || name == "Local" {
			loc = time.UTC
		}
		return &zone{loc: loc, name: name}, nil
	}
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return &zone{loc: time.UTC, name: "UTC"}, nil
	}
	if err != nil {
		return nil, err
	}
	if before != nil && before.name == name && bytes.Equal(before.data, data) {
		return before, nil
	}
	loc, err := time.LoadLocationFromTZData(name, data)
	if err != nil {
		return nil, err
	}
	return &zone{loc, name, data}, nil
}

// source is the file that has the zone, or the name of a zone that the standard library finds.
func source() (path, name string) {
	tz, set := os.LookupEnv("TZ")
	if !set {
		return etcLocaltime, linkName()
	}
	tz = strings.TrimPrefix(tz, ":")
	switch {
	case tz == "":
		return "", "UTC"
	case filepath.IsAbs(tz):
		return tz, tz
	}
	return "", tz
}

// linkName is the name of the zone that /etc/localtime is a link to, or else its own.
func linkName() string {
	link, err := os.Readlink(etcLocaltime)
	if _, name, found := strings.Cut(link, "/zoneinfo/"); err == nil && found {
		return name
	}
	return etcLocaltime
}
