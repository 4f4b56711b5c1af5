package spool

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/leaktest"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/spool/spooltest"
)

func TestNothingOnDiskBeforeTheFirstWrite(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state", "spool")
	w := NewWriter(WriterOptions{Dir: dir})
	check(t, w.Close())
	if _, err := os.Stat(dir); err == nil {
		t.Error("the directory was made")
	}
	check(t, write(w, 1))
	defer w.Close()
	st, err := os.Stat(filepath.Join(dir, frame.FileID{Writer: w.ID(), Number: 1}.String()))
	check(t, err)
	if st.Mode().Perm()&^0o640 != 0 {
		t.Errorf("%v", st.Mode())
	}
}

func TestWriterOpensOneFileAtATime(t *testing.T) {
	dir := t.TempDir()
	w := NewWriter(WriterOptions{Dir: dir, RollSize: 1})
	for n := range uint64(5) {
		check(t, write(w, n+1))
		if n := leaktest.OpenIn(dir); n != 1 {
			t.Errorf("%d files open", n)
		}
	}
	check(t, w.Close())
	check(t, w.Close())
	if n := leaktest.OpenIn(dir); n != 0 {
		t.Errorf("%d files open", n)
	}
}

func TestRollSize(t *testing.T) {
	dir := t.TempDir()
	one := spooltest.Sealed(1, "x\n")
	head := len((&frame.FileHeader{Host: "h", Stream: "s"}).Append(nil))
	w := NewWriter(WriterOptions{Dir: dir, Host: "h", Stream: "s", RollSize: int64(head + 2*len(one))})
	defer w.Close()
	for range 5 {
		_, err := w.Write(one)
		check(t, err)
	}
	var sizes []int64
	for _, f := range refreshed(t, dir).Files() {
		n, err := f.Size()
		check(t, err)
		sizes = append(sizes, (n-int64(head))/int64(len(one)))
	}
	if !slices.Equal(sizes, []int64{2, 2, 1}) {
		t.Errorf("frames in the files: %v", sizes)
	}
}

func TestRollAge(t *testing.T) {
	dir := t.TempDir()
	w := NewWriter(WriterOptions{Dir: dir})
	defer w.Close()
	check(t, write(w, 1))
	w.opened = w.opened.Add(-59 * time.Second)
	check(t, write(w, 2))
	w.opened = w.opened.Add(-2 * time.Second)
	check(t, write(w, 3))
	check(t, w.Close())
	var files []uint32
	for _, g := range frames(t, readAll(t, dir)) {
		files = append(files, g.file.Number)
	}
	if !slices.Equal(files, []uint32{1, 1, 2}) {
		t.Errorf("%v", files)
	}
}

func TestDirectoryThatGoesAway(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "spool")
	w := NewWriter(WriterOptions{Dir: dir, RollSize: 1})
	defer w.Close()
	check(t, write(w, 1))
	check(t, os.RemoveAll(dir))
	check(t, write(w, 2))
	check(t, w.Close())
	if fs := firsts(frames(t, readAll(t, dir))); !slices.Equal(fs, []uint64{2}) {
		t.Errorf("%v", fs)
	}
}

// While no successor can be made, the present file is there to go on with.
func TestNoSuccessor(t *testing.T) {
	dir := t.TempDir()
	w := NewWriter(WriterOptions{Dir: dir, RollSize: 1})
	defer w.Close()
	check(t, write(w, 1))
	away := dir + ".away"
	check(t, os.Rename(dir, away))
	check(t, os.WriteFile(dir, nil, 0o640)) // no directory can be made either
	check(t, write(w, 2))
	check(t, os.Remove(dir))
	check(t, os.Rename(away, dir))
	check(t, write(w, 3))
	check(t, w.Close())
	var files []uint32
	for _, g := range frames(t, readAll(t, dir)) {
		files = append(files, g.file.Number)
	}
	if !slices.Equal(files, []uint32{1, 1, 2}) {
		t.Errorf("%v", files)
	}
}

func TestNoFileAtAll(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "spool")
	check(t, os.WriteFile(dir, nil, 0o640))
	w := NewWriter(WriterOptions{Dir: dir})
	defer w.Close()
	if n, err := w.Write(spooltest.Sealed(1, "x\n")); n != 0 || err == nil || !strings.HasPrefix(err.Error(), "spool: ") {
		t.Errorf("%d bytes taken: %v", n, err)
	}
	check(t, os.Remove(dir))
	check(t, write(w, 1))
}

// A cleaner that comes between the making of a file and its lock removes it;
// the writer notices, and takes the next number.
func TestCleanerFasterThanTheLock(t *testing.T) {
	dir := t.TempDir()
	w := NewWriter(WriterOptions{Dir: dir})
	defer w.Close()
	c := NewCatalog(dir)
	times := 2
	w.lock = func(f *os.File) error {
		if times--; times >= 0 {
			aged(t, f.Name())
			check(t, c.Refresh())
		}
		return lockNew(f)
	}
	check(t, write(w, 1))
	check(t, w.Close())
	all := frames(t, readAll(t, dir))
	if len(all) != 1 || all[0].file.Number != 3 || len(refreshed(t, dir).Files()) != 1 {
		t.Errorf("%v", all)
	}
}

// Once a successor could be seen, the file before counts as complete, and must
// not be written to, even when the writer did not get the successor.
func TestNothingIsAddedToACompleteFile(t *testing.T) {
	for name, lock := range map[string]func(*os.File) error{
		"always removed": lockNew, // by Refresh
		"no locks":       func(f *os.File) error { f.Close(); return unix.ENOLCK },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			w := NewWriter(WriterOptions{Dir: dir, RollSize: 1})
			defer w.Close()
			check(t, write(w, 1))
			c := NewCatalog(dir)
			w.lock = func(f *os.File) error {
				aged(t, f.Name())
				check(t, c.Refresh())
				return lock(f)
			}
			n, err := w.Write(spooltest.Sealed(2, "x\n"))
			first := c.Find(frame.FileID{Writer: w.ID(), Number: 1}.String())
			if !first.Complete() || n != 0 || err == nil {
				t.Errorf("complete: %v; %d bytes taken: %v", first.Complete(), n, err)
			}
			w.lock = lockNew
			check(t, write(w, 2))
			check(t, w.Close())
			if all := frames(t, readAll(t, dir)); !slices.Equal(firsts(all), upTo(2)) || all[1].file.Number < 3 {
				t.Errorf("%v", all)
			}
			if n := leaktest.OpenIn(dir); n != 0 {
				t.Errorf("%d files open", n)
			}
		})
	}
}

// Names that others took are passed over.
func TestNamesTaken(t *testing.T) {
	dir := t.TempDir()
	w := NewWriter(WriterOptions{Dir: dir})
	defer w.Close()
	check(t, os.WriteFile(filepath.Join(dir, frame.FileID{Writer: w.ID(), Number: 1}.String()), []byte("x"), 0o640))
	check(t, write(w, 1))
	if w.number != 2 {
		t.Errorf("number %d", w.number)
	}
}

// TestSetHost: what is written under another name of the machine is in a file of that name.
func TestSetHost(t *testing.T) {
	dir := t.TempDir()
	w := NewWriter(WriterOptions{Dir: dir, Host: strings.Repeat("h", frame.MaxName+1), Stream: "access"})
	defer w.Close()
	check(t, write(w, 1))
	w.SetHost(strings.Repeat("h", frame.MaxName+2)) // which is the same, as far as there is space for it
	check(t, write(w, 2))
	w.SetHost("web2")
	check(t, write(w, 3))
	check(t, write(w, 4))
	check(t, w.Close())
	var hosts []string
	for _, f := range refreshed(t, dir).Files() {
		h, err := f.Header()
		check(t, err)
		hosts = append(hosts, h.Host)
	}
	if !slices.Equal(hosts, []string{strings.Repeat("h", frame.MaxName), "web2"}) {
		t.Errorf("files of %q", hosts)
	}
}

// TestWhereWriterIs: a writer knows its file and how far that is written, and lets go of each file once, as it is told to.
func TestWhereWriterIs(t *testing.T) {
	dir := t.TempDir()
	var gone []string
	late := errors.New("it cannot be closed")
	w := NewWriter(WriterOptions{Dir: dir, Messages: true, RollSize: 1, LetGo: func(f *os.File) error {
		gone = append(gone, filepath.Base(f.Name()))
		return errors.Join(f.Close(), late)
	}})
	if w.File() != nil || w.Offset() != 0 {
		t.Errorf("%v is open at %d before anything is written", w.File(), w.Offset())
	}
	for n := range uint64(2) {
		check(t, write(w, n+1))
		if st, err := w.File().Stat(); err != nil || st.Size() != w.Offset() || st.Name() != (frame.FileID{Writer: w.ID(), Number: uint32(n + 1)}).String() {
			t.Errorf("it is at %d of %v, %v", w.Offset(), st, err)
		}
	}
	if err := w.Close(); !errors.Is(err, late) || w.File() != nil {
		t.Errorf("%v, and %v is open", err, w.File())
	}
	var names []string
	for _, f := range refreshed(t, dir).Files() {
		h, err := f.Header()
		check(t, err)
		if names = append(names, f.ID.String()); !h.Messages || h.Stream != frame.MessageStream || !f.HasMessages() || !f.HasMessages() {
			t.Errorf("it is no file of messages: %+v", h)
		}
	}
	if !slices.Equal(gone, names) {
		t.Errorf("let go of %q, there are %q", gone, names)
	}
}
