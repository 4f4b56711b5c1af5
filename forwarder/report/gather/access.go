package gather

import (
	"cmp"
	"fmt"
	"io/fs"
	"slices"

	"httpd-syslog/forwarder/report"
)

// File is a log file, or a directory of such, as it lies there now.
type File struct {
	Path         string
	Owner, Group string
	Mode         fs.FileMode
}

// Found takes in a file as it lies there.
func (m *Maker) Found(f File) {
	if len(m.files) < maxEvents {
		m.files = append(m.files, f)
	}
}

const (
	othersAny  = 0o007
	groupWrite = 0o020
)

// access tells of files that others may read or write.
func (m *Maker) access() (list []report.Statement) {
	for _, of := range []struct {
		mask fs.FileMode
		say  string
	}{{othersAny, "%s may be read or written by every user of this machine: %s"}, {groupWrite, "%s may be written by their group: %s"}} {
		n, example := uint64(0), ""
		for _, f := range m.files {
			if bad := f.Mode.Perm() & of.mask; bad != 0 && (!f.Mode.IsDir() || bad&0o022 != 0) {
				n++
				example = cmp.Or(example, m.show(f.Path))
			}
		}
		if n > 0 {
			if n > 1 {
				example += " and others"
			}
			list = append(list, report.Statement{Code: "access", Open: true, Say: fmt.Sprintf(of.say, report.Count(n, "file"), example)})
		}
	}
	return list
}

// owners is the code of statements of files, which rest on no event.
const owners = "owners"

// owners are whose the files are, and with which modes.
func (m *Maker) owners() (list []report.Statement) {
	type key struct {
		owner, group string
		mode         fs.FileMode
		dir          bool
	}
	counts := make(map[key]uint64)
	var keys []key
	for _, f := range m.files {
		k := key{f.Owner, f.Group, f.Mode.Perm(), f.Mode.IsDir()}
		if counts[k] == 0 {
			keys = append(keys, k)
		}
		counts[k]++
	}
	slices.SortFunc(keys, func(a, b key) int {
		return cmp.Or(cmp.Compare(bit(a.dir), bit(b.dir)), cmp.Compare(counts[b], counts[a]), cmp.Compare(a.owner, b.owner), cmp.Compare(a.group, b.group), cmp.Compare(a.mode, b.mode))
	})
	for i, k := range keys {
		if i == 20 {
			list = append(list, report.Statement{Code: owners, Say: "and other owners and modes"})
			break
		}
		noun := "file"
		if k.dir {
			noun = "directory"
		}
		list = append(list, report.Statement{Code: owners, Say: fmt.Sprintf("%s: owner %s, group %s, mode %04o", report.Count(counts[k], noun), m.show(k.owner), m.show(k.group), k.mode)})
	}
	return list
}
