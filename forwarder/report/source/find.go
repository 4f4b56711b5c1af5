package source

import (
	"context"
	"errors"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"httpd-syslog/forwarder/report/gather"
	"httpd-syslog/forwarder/verify/archive"
	"httpd-syslog/rotate"
)

// auditFile is the file of the events in a log directory, and the begin of the names of its rotated files.
const auditFile = "audit_log"

// finder finds files with events.
type finder struct {
	ctx   context.Context
	m     *gather.Maker
	known map[string]bool
	paths []string
	names names
}

// find adds the files with events at a path.
func (f *finder) find(root string, inLogDir bool) {
	paths, err := archive.Find(root)
	if err != nil {
		f.m.Cannot(err.Error())
	}
	n := len(f.paths)
	dirs := make(map[string]bool)
	for _, path := range paths {
		if dir := filepath.Dir(path); !dirs[dir] {
			dirs[dir] = true
			f.look(dir)
		}
		f.look(path)
		if !f.known[path] && f.isWanted(path, inLogDir) {
			f.known[path] = true
			f.paths = append(f.paths, path)
		}
	}
	switch {
	case err == nil && len(paths) == 0:
		f.m.Cannot(root + " has no files")
	case err == nil && len(f.paths) == n && !f.hasKnown(paths):
		f.m.Cannot("no file at " + root + " has events (audit)")
	}
}

// hasKnown reports whether one of the paths was found before.
func (f *finder) hasKnown(paths []string) bool {
	for _, path := range paths {
		if f.known[path] {
			return true
		}
	}
	return false
}

// isWanted reports whether a file has events. In a log directory its name says so.
func (f *finder) isWanted(path string, inLogDir bool) bool {
	if inLogDir || isAuditFile(path) {
		return isAuditFile(path)
	}
	has := false
	_, err := archive.Read(f.ctx, path, func(b archive.Block) error {
		has = hasEvent(b.Data)
		return errSeen
	})
	return has || err != nil && !errors.Is(err, errSeen) // reading it says why it cannot be read
}

var errSeen = errors.New("enough is seen")

// isAuditFile reports whether a name is that of a web server's own events, written to or rotated.
func isAuditFile(path string) bool {
	name := filepath.Base(path)
	if b, ok := rotate.ParseBackup(name); ok {
		name = b.Log
	}
	return strings.TrimSuffix(name, ".gz") == auditFile
}

// look looks up whose a file is.
func (f *finder) look(path string) {
	info, err := os.Lstat(path)
	if err != nil {
		return // reading it says so
	}
	file := gather.File{Path: path, Mode: info.Mode()}
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		file.Owner, file.Group = f.names.of(st.Uid, st.Gid)
	}
	f.m.Found(file)
}

// names are those of users and groups, by their numbers.
type names struct{ users, groups map[uint32]string }

func (n *names) of(uid, gid uint32) (owner, group string) {
	if n.users == nil {
		n.users, n.groups = make(map[uint32]string), make(map[uint32]string)
	}
	owner, ok := n.users[uid]
	if !ok {
		owner = strconv.FormatUint(uint64(uid), 10)
		if u, err := user.LookupId(owner); err == nil {
			owner = u.Username
		}
		n.users[uid] = owner
	}
	group, ok = n.groups[gid]
	if !ok {
		group = strconv.FormatUint(uint64(gid), 10)
		if g, err := user.LookupGroupId(group); err == nil {
			group = g.Name
		}
		n.groups[gid] = group
	}
	return owner, group
}
