package spool

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/fault"
	"httpd-syslog/forwarder/spool/frame"
)

// File is a spool file that the catalog knows. Its methods may be called from
// several goroutines.
type File struct {
	ID   frame.FileID
	Path string

	changes  atomic.Uint64 // grows with each hint that the file may have grown
	complete atomic.Bool
	content  atomic.Uint32  // what HasMessages has found out
	all      *atomic.Uint64 // changes of the catalog
}

// Touch is a hint that the file has grown; without one, readers do not look.
func (f *File) Touch() {
	f.changes.Add(1)
	f.all.Add(1)
}

// Complete reports whether the file will never grow again. Once true it stays
// so; what was written before is there to be read.
func (f *File) Complete() bool { return f.complete.Load() }

func (f *File) setComplete() {
	if !f.complete.Swap(true) {
		f.Touch()
	}
}

// Sync puts what the file holds on the disk (fdatasync).
func (f *File) Sync() error {
	h, err := os.Open(f.Path)
	if err != nil {
		return err
	}
	defer h.Close()
	return unix.Fdatasync(int(h.Fd()))
}

// Size is the file's present length in bytes.
func (f *File) Size() (int64, error) {
	st, err := os.Stat(f.Path)
	if err != nil {
		return 0, err
	}
	return st.Size(), nil
}

// Catalog knows the files of a spool directory. Its methods may be called from
// several goroutines.
type Catalog struct {
	dir     string
	mu      sync.Mutex // serialises changes of files
	files   atomic.Pointer[[]*File]
	changes atomic.Uint64 // grows with each hint that a file may have grown
	readDir func(string) ([]fs.DirEntry, error)
}

// NewCatalog returns the catalog of dir, empty until Refresh or Look.
func NewCatalog(dir string) *Catalog {
	c := &Catalog{dir: dir, readDir: os.ReadDir}
	c.files.Store(new([]*File))
	return c
}

// Files are the spool files as of the last Refresh or Look, ordered by writer and
// number. The caller must not change the slice.
func (c *Catalog) Files() []*File { return *c.files.Load() }

// Find returns a file by its name in the directory, or nil.
func (c *Catalog) Find(name string) *File {
	id, err := frame.ParseFileID(name)
	if err != nil {
		return nil
	}
	files := c.Files()
	if i, ok := find(files, id); ok {
		return files[i]
	}
	return nil
}

func find(files []*File, id frame.FileID) (int, bool) {
	return slices.BinarySearchFunc(files, id, func(f *File, id frame.FileID) int { return f.ID.Compare(id) })
}

// Refresh reads the directory and finds out which files are complete. Empty
// files that nobody holds are removed: their writer died before its first
// frame. A missing directory is an empty one.
func (c *Catalog) Refresh() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	files, err := c.list()
	if err != nil {
		return err
	}
	for i, f := range files {
		switch {
		case f.Complete():
		case i+1 < len(files) && files[i+1].ID.Writer == f.ID.Writer:
			f.setComplete()
		default:
			c.probe(f)
		}
	}
	c.files.Store(&files)
	return nil
}

// Look reads the directory and does nothing else, for who only counts: it does not find
// out which files are complete, takes no lock that a writer could meet, and removes nothing.
func (c *Catalog) Look() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	files, err := c.list()
	if err == nil {
		c.files.Store(&files)
	}
	return err
}

// list reads the directory; files that are known already keep their File. What
// is made while a directory is read may be seen or not, so that a file can be
// there without the one before it. Then a second listing has all that is older
// than what the first one saw, and what is younger is left for the next time.
func (c *Catalog) list() ([]*File, error) {
	files, err := c.listOnce()
	if err != nil || !slices.ContainsFunc(files, c.mayLackOlder) {
		return files, err
	}
	again, err := c.listOnce()
	if err != nil {
		return nil, err
	}
	return upToSeen(again, files), nil
}

// mayLackOlder: the file is new to the catalog, and not its writer's first.
func (c *Catalog) mayLackOlder(f *File) bool {
	return f.ID.Number > 1 && c.Find(f.ID.String()) == nil
}

// upToSeen leaves out those of files that are younger than all of their writer
// that were seen.
func upToSeen(files, seen []*File) []*File {
	youngest := make(map[frame.WriterID]uint32)
	for _, f := range seen {
		youngest[f.ID.Writer] = f.ID.Number
	}
	return slices.DeleteFunc(files, func(f *File) bool { return f.ID.Number > youngest[f.ID.Writer] })
}

func (c *Catalog) listOnce() ([]*File, error) {
	names, err := c.readDir(c.dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("spool: %w", err)
	}
	var files []*File
	for _, e := range names {
		id, err := frame.ParseFileID(e.Name())
		if err != nil || !e.Type().IsRegular() {
			continue
		}
		f := c.Find(e.Name())
		if f == nil {
			f = &File{ID: id, Path: filepath.Join(c.dir, e.Name()), all: &c.changes}
			f.Touch()
		}
		files = append(files, f)
	}
	slices.SortFunc(files, func(a, b *File) int { return a.ID.Compare(b.ID) })
	return files, nil
}

// emptyAge is how old an empty file is before it is taken for one whose writer
// has died: without that, each new file would race with the look at it.
const emptyAge = 5 * time.Second

// probe marks the last file of a writer complete if its lock is free. An empty
// one could be about to be locked: it is removed under the lock, which its
// writer notices, or left alone.
func (c *Catalog) probe(f *File) {
	h, err := os.Open(f.Path)
	if err != nil {
		return
	}
	defer h.Close()
	if lockShared(h) != nil {
		return
	}
	st, err := h.Stat()
	if err != nil {
		return
	}
	if st.Size() > 0 {
		f.setComplete()
		return
	}
	if time.Since(st.ModTime()).Abs() > emptyAge { // from the future: the clock was stepped back
		_ = os.Remove(f.Path) // may be forbidden; then it stays, empty
	}
}

// lockShared takes the lock that keeps the writer out, if it is not in, but not
// other processes that look as well.
func lockShared(h *os.File) error {
	return unix.Flock(int(h.Fd()), unix.LOCK_SH|unix.LOCK_NB)
}

// Remove deletes a complete file, under its lock. unix.EWOULDBLOCK: its writer, which has begun the next one, has not
// closed it yet. A disk that takes its time holds up the caller alone: a Refresh meanwhile finds the file as it was.
func (c *Catalog) Remove(f *File) error {
	if !f.Complete() {
		return fmt.Errorf("spool: %s is still written to", f.Path)
	}
	fault.Point("clean.before")
	if err := removeLocked(f.Path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("spool: %w", err)
	}
	fault.Point("clean.after")
	c.mu.Lock()
	defer c.mu.Unlock()
	files := slices.DeleteFunc(slices.Clone(c.Files()), func(g *File) bool { return g == f })
	c.files.Store(&files)
	return nil
}

func removeLocked(path string) error {
	h, err := os.Open(path)
	if err != nil {
		return err
	}
	defer h.Close()
	if err := lockShared(h); err != nil {
		return fmt.Errorf("%s is locked by its writer: %w", path, err)
	}
	return os.Remove(path)
}

// ByWriter are the files as of the last Refresh in a catalog for each writer, which does not change.
func (c *Catalog) ByWriter() (all []*Catalog) {
	files := c.Files()
	for from := 0; from < len(files); {
		to := from + 1
		for to < len(files) && files[to].ID.Writer == files[from].ID.Writer {
			to++
		}
		own := NewCatalog(c.dir)
		some := files[from:to:to]
		own.files.Store(&some)
		all = append(all, own)
		from = to
	}
	return all
}
