package spool

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/leaktest"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/spool/spooltest"
)

func completeness(c *Catalog) (names []string, complete []bool) {
	for _, f := range c.Files() {
		names = append(names, filepath.Base(f.Path))
		complete = append(complete, f.Complete())
	}
	return names, complete
}

func TestCompleteness(t *testing.T) {
	dir := t.TempDir()
	w := NewWriter(WriterOptions{Dir: filepath.Join(dir, "spool"), RollSize: 1})
	c := NewCatalog(w.Dir())
	check(t, c.Refresh()) // no directory yet
	first := frame.FileID{Writer: w.ID(), Number: 1}.String()
	second := frame.FileID{Writer: w.ID(), Number: 2}.String()
	for _, step := range []struct {
		what     string
		do       func() error
		names    []string
		complete []bool
	}{
		{"nothing", func() error { return nil }, nil, nil},
		{"lock held", func() error { return write(w, 1) }, []string{first}, []bool{false}},
		{"successor", func() error { return write(w, 2) }, []string{first, second}, []bool{true, false}},
		{"lock free", w.Close, []string{first, second}, []bool{true, true}},
		{"removed", func() error { return c.Remove(c.Find(first)) }, []string{second}, []bool{true}},
		{"another was faster", func() error { return os.Remove(c.Find(second).Path) }, nil, nil},
	} {
		check(t, step.do())
		check(t, c.Refresh())
		if names, complete := completeness(c); !slices.Equal(names, step.names) || !slices.Equal(complete, step.complete) {
			t.Errorf("%s: %v %v, want %v %v", step.what, names, complete, step.names, step.complete)
		}
		if n := leaktest.OpenIn(w.Dir()); n > 1 {
			t.Errorf("%s: %d files open", step.what, n)
		}
	}
}

func write(w *Writer, first uint64) error {
	_, err := w.Write(spooltest.Sealed(first, "x\n"))
	return err
}

func TestFilesKeepTheirIdentity(t *testing.T) {
	dir := t.TempDir()
	spooltest.RawFile(t, dir, spooltest.FileID(1, 2), spooltest.Sealed(1, "a\n"))
	c := refreshed(t, dir)
	before := c.Files()[0]
	spooltest.RawFile(t, dir, spooltest.FileID(1, 3), spooltest.Sealed(2, "a\n"))
	spooltest.RawFile(t, dir, spooltest.FileID(0, 1), spooltest.Sealed(1, "a\n"))
	check(t, c.Refresh())
	if len(c.Files()) != 3 || c.Files()[1] != before || c.Find(before.ID.String()) != before {
		t.Errorf("%v", c.Files())
	}
	if c.Find("x") != nil || c.Find(spooltest.FileID(9, 1).String()) != nil {
		t.Error("found what is not there")
	}
}

func TestOnlySpoolFilesAreTaken(t *testing.T) {
	dir := t.TempDir()
	name := func(n uint32) string { return filepath.Join(dir, spooltest.FileID(1, n).String()) }
	check(t, os.WriteFile(filepath.Join(dir, "README"), nil, 0o640))
	check(t, os.Mkdir(name(1), 0o750))
	check(t, os.Symlink("/etc/passwd", name(2)))
	check(t, unix.Mkfifo(name(3), 0o640))
	if files := refreshed(t, dir).Files(); len(files) != 0 {
		t.Errorf("%v", files)
	}
}

func TestRefreshFails(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "spool")
	check(t, os.Mkdir(path, 0o750))
	spooltest.RawFile(t, path, spooltest.FileID(1, 1))
	c := refreshed(t, path)
	check(t, os.Rename(path, path+"2"))
	check(t, os.WriteFile(path, nil, 0o640))
	if c.Refresh() == nil || len(c.Files()) != 1 {
		t.Errorf("a file was read as a directory; %v", c.Files())
	}
}

// aged makes a file look as if nobody had touched it for long enough.
func aged(t testing.TB, path string) {
	t.Helper()
	before := time.Now().Add(-emptyAge - time.Second)
	check(t, os.Chtimes(path, before, before))
}

// An empty file that is old, and whose lock is free, is removed. One that is
// held stays, and one that is young.
func TestEmptyFiles(t *testing.T) {
	dir := t.TempDir()
	dead, alive, young := spooltest.FileID(1, 1).String(), spooltest.FileID(2, 1).String(), spooltest.FileID(3, 1).String()
	for _, name := range []string{dead, alive, young} {
		check(t, os.WriteFile(filepath.Join(dir, name), nil, 0o640))
	}
	aged(t, filepath.Join(dir, dead))
	aged(t, filepath.Join(dir, alive))
	release := held(t, filepath.Join(dir, alive))
	c := refreshed(t, dir)
	r := NewReader(c, nil, nil)
	defer r.Close()
	if all := drain(t, r); len(all) != 0 {
		t.Errorf("%v", all)
	}
	check(t, c.Refresh())
	if names, complete := completeness(c); !slices.Equal(names, []string{alive, young}) || complete[0] || complete[1] {
		t.Errorf("%v %v", names, complete)
	}
	release()
	aged(t, filepath.Join(dir, young))
	check(t, c.Refresh())
	check(t, c.Refresh())
	if names, _ := completeness(c); len(names) > 0 {
		t.Errorf("%v", names)
	}
}

// TestEmptyFileFromTheFuture: one whose writer has died, and then the clock was
// stepped back, is not waited for until the clock comes there again.
func TestEmptyFileFromTheFuture(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, spooltest.FileID(1, 1).String())
	check(t, os.WriteFile(path, nil, 0o640))
	then := time.Now().Add(time.Hour)
	check(t, os.Chtimes(path, then, then))
	c := refreshed(t, dir)
	check(t, c.Refresh())
	if names, _ := completeness(c); len(names) > 0 {
		t.Errorf("%v", names)
	}
}

// An empty file that has a successor comes to its end like any other.
func TestEmptyFileWithSuccessor(t *testing.T) {
	dir := t.TempDir()
	check(t, os.WriteFile(filepath.Join(dir, spooltest.FileID(1, 1).String()), nil, 0o640))
	spooltest.RawFile(t, dir, spooltest.FileID(1, 2), spooltest.Sealed(1, "a\n"))
	all := readAll(t, dir)
	if len(all) != 3 || !all[0].endOfFile || all[0].end != 0 || all[1].first != 1 || !all[2].endOfFile {
		t.Errorf("%v", all)
	}
}

func TestRemoveRefuses(t *testing.T) {
	dir := t.TempDir()
	path := spooltest.RawFile(t, dir, spooltest.FileID(1, 1), spooltest.Sealed(1, "a\n"))
	release := held(t, path)
	c := refreshed(t, dir)
	f := c.Files()[0]
	if c.Remove(f) == nil {
		t.Error("a file that is written to was removed")
	}
	f.setComplete() // a successor was seen, and its writer is not yet out of here
	if err := c.Remove(f); !errors.Is(err, unix.EWOULDBLOCK) || len(c.Files()) != 1 {
		t.Error("a locked file was removed")
	}
	_, err := os.Stat(path)
	check(t, err)
	release()
	check(t, c.Remove(f))
	check(t, c.Remove(f)) // again is no harm
	if _, err := os.Stat(path); err == nil || len(c.Files()) != 0 {
		t.Errorf("it is still there: %v", err)
	}
}

// Another process that looks at the same time, with a catalog of its own, is in
// nobody's way.
func TestTwoCatalogs(t *testing.T) {
	dir := t.TempDir()
	path := spooltest.RawFile(t, dir, spooltest.FileID(1, 1), spooltest.Sealed(1, "a\n"))
	other, err := os.Open(path)
	check(t, err)
	defer other.Close()
	check(t, lockShared(other)) // it is just probing
	c := refreshed(t, dir)
	if !c.Files()[0].Complete() {
		t.Error("not complete")
	}
	check(t, c.Remove(c.Files()[0]))
}

// Files that are made while the directory is read can be seen without the one
// before. The catalog never shows a file and hides an older one of its writer.
func TestListingRace(t *testing.T) {
	dir := t.TempDir()
	id := func(n uint32) frame.FileID { return spooltest.FileID(1, n) }
	spooltest.RawFile(t, dir, id(1), spooltest.Sealed(1, "a\n"))
	c := refreshed(t, dir)
	r := NewReader(c, nil, nil)
	defer r.Close()
	all := drain(t, r)
	calls := 0
	c.readDir = func(dir string) ([]fs.DirEntry, error) {
		calls++
		switch calls {
		case 1: // 2 lies where reading has been, 3 where it has yet to go
			spooltest.RawFile(t, dir, id(2), spooltest.Sealed(2, "b\n"))
			spooltest.RawFile(t, dir, id(3), spooltest.Sealed(3, "c\n"))
			return without(t, dir, id(2))
		case 2: // and the same again
			spooltest.RawFile(t, dir, id(4), spooltest.Sealed(4, "d\n"))
			spooltest.RawFile(t, dir, id(5), spooltest.Sealed(5, "e\n"))
			return without(t, dir, id(4))
		}
		return os.ReadDir(dir)
	}
	for range 3 {
		check(t, c.Refresh())
		all = append(all, drain(t, r)...)
	}
	if fs := firsts(frames(t, all)); !slices.Equal(fs, upTo(5)) {
		t.Errorf("%v", fs)
	}
	before := calls
	check(t, c.Refresh())
	if calls != before+1 {
		t.Errorf("%d listings with nothing new", calls-before)
	}
}

func without(t *testing.T, dir string, id frame.FileID) ([]fs.DirEntry, error) {
	names, err := os.ReadDir(dir)
	return slices.DeleteFunc(names, func(e fs.DirEntry) bool { return e.Name() == id.String() }), err
}

func TestFileSyncAndSize(t *testing.T) {
	dir := t.TempDir()
	path := spooltest.RawFile(t, dir, spooltest.FileID(1, 1), spooltest.Sealed(1, "a\n"))
	f := refreshed(t, dir).Files()[0]
	check(t, f.Sync())
	st, err := os.Stat(path)
	check(t, err)
	if n, err := f.Size(); err != nil || n != st.Size() {
		t.Errorf("%d, %v", n, err)
	}
	check(t, os.Remove(path))
	if _, err := f.Size(); err == nil || f.Sync() == nil {
		t.Error("a file that is gone has a size, or was synced")
	}
	if n := leaktest.OpenIn(dir); n != 0 {
		t.Errorf("%d files open", n)
	}
}

// The catalog and Touch are used by one goroutine, readers by others.
func TestCatalogAndReadersAtOnce(t *testing.T) {
	dir := t.TempDir()
	w := NewWriter(WriterOptions{Dir: dir, RollSize: 2000, RollAge: time.Hour})
	c := NewCatalog(dir)
	const n = 300
	done := make(chan []uint64)
	for range 2 {
		go func() {
			r := NewReader(c, nil, nil)
			defer r.Close()
			var read []uint64
			for len(read) < n {
				if f, err := r.Next(); err != nil {
					t.Error(err)
					break
				} else if f != nil && f.First > 0 {
					read = append(read, f.First)
				}
			}
			done <- read
		}()
	}
	for i := range uint64(n) {
		check(t, write(w, i+1))
		check(t, c.Refresh())
		for _, f := range c.Files() {
			f.Touch()
		}
	}
	check(t, w.Close())
	for range 2 {
		if read := <-done; !slices.Equal(read, upTo(n)) {
			t.Errorf("%v", read)
		}
	}
}

// TestByWriter: each writer's files are in a catalog of their own, as of the last look.
func TestByWriter(t *testing.T) {
	dir := t.TempDir()
	var want []string
	for _, id := range []frame.FileID{spooltest.FileID(1, 1), spooltest.FileID(1, 2), spooltest.FileID(2, 7), spooltest.FileID(3, 1), spooltest.FileID(3, 2)} {
		spooltest.RawFile(t, dir, id, spooltest.Sealed(1, "x\n"))
		want = append(want, id.String())
	}
	if all := NewCatalog(dir).ByWriter(); len(all) != 0 {
		t.Errorf("%d writers of files that nobody has looked for", len(all))
	}
	var got []string
	counts := []int{}
	for _, c := range refreshed(t, dir).ByWriter() {
		counts = append(counts, len(c.Files()))
		for _, f := range c.Files() {
			got = append(got, f.ID.String())
		}
	}
	if !slices.Equal(got, want) || !slices.Equal(counts, []int{2, 1, 2}) {
		t.Errorf("%v files: %q", counts, got)
	}
}

// TestContent: a file of lines, and one whose header is not there or not to be read, is none of messages, until it is.
func TestContent(t *testing.T) {
	dir := t.TempDir()
	spooltest.RawFile(t, dir, spooltest.FileID(1, 1))
	path := spooltest.RawFile(t, dir, spooltest.FileID(2, 1))
	check(t, os.WriteFile(path, []byte("HSPOOL"), 0o600))
	files := refreshed(t, dir).Files()
	for range 2 {
		for _, f := range files {
			if f.HasMessages() {
				t.Errorf("%v is one of messages", f.ID)
			}
		}
	}
	if _, err := files[1].Header(); err != frame.ErrShortHeader {
		t.Error(err)
	}
	h := frame.FileHeader{File: spooltest.FileID(2, 1), Stream: frame.MessageStream, Messages: true}
	check(t, os.WriteFile(path, h.Append(nil), 0o600))
	if !files[1].HasMessages() {
		t.Error("a header that has come is not seen")
	}
	check(t, os.Remove(path))
	if _, err := files[1].Header(); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if err := files[1].Frames(0, nil); !errors.Is(err, fs.ErrNotExist) || !files[1].HasMessages() {
		t.Error(err)
	}
}
