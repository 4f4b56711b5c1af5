package local

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"httpd-syslog/forwarder/verify/archive"
	"httpd-syslog/rotate"
)

// maxMoves is how often a file is followed.
const maxMoves = 3

// moved reports whether the file has got another name since it was found, and follows it: the program goes on
// rotating and compressing its files while they are checked.
func (c *check) moved(ctx context.Context) bool {
	f := c.s.file
	if f.isAt(f.path) {
		return false
	}
	paths, err := archive.Find(c.l.o.Dir)
	if err != nil {
		return false
	}
	to := slices.IndexFunc(paths, f.isAt)
	if to < 0 {
		to = slices.IndexFunc(paths, func(path string) bool { return c.isPacked(ctx, path) })
	}
	if to < 0 {
		return false
	}
	f.path = paths[to]
	f.info, err = os.Lstat(f.path)
	return err == nil
}

// isAt reports whether a path is that of the file that was found. A new file can have the inode of one that was
// removed.
func (f *file) isAt(path string) bool {
	is, err := os.Lstat(path)
	return err == nil && f.info != nil && os.SameFile(is, f.info) && is.Size() >= f.info.Size() && archive.IsCompressed(path) == archive.IsCompressed(f.path)
}

// isPacked reports whether a path is that of the file, compressed since it was found.
func (c *check) isPacked(ctx context.Context, path string) bool {
	f := c.s.file
	if path == f.path+".gz" {
		return true
	}
	name, err := filepath.Rel(c.l.o.Dir, path)
	if err != nil || c.l.files[strings.TrimSuffix(name, ".gz")] != nil {
		return false // known, and another one
	}
	b, ok := rotate.ParseBackup(name)
	return ok && b.Log == f.log && c.l.begins(ctx, &file{path: path}, c.s.File)
}

// appeared is the file that got its name after the directory was read, and before its events were; nil: there
// is none.
func (l *Local) appeared(s *sealedFile) *file {
	name := s.File.File
	if s.rotated != nil {
		name = s.rotated.File
	}
	if l.files[name] != nil || !filepath.IsLocal(name) {
		return nil // known, and another one
	}
	for _, ext := range []string{"", ".gz"} {
		f := &file{path: filepath.Join(l.o.Dir, name+ext), log: s.File.File}
		if is, err := os.Lstat(f.path); err == nil && is.Mode().IsRegular() {
			f.info = is
			return f
		}
	}
	return nil
}
