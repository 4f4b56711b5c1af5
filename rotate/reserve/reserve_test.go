package reserve

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func create(t *testing.T) *os.File {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "f"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func stat(t *testing.T, f *os.File) (st unix.Stat_t) {
	t.Helper()
	if err := unix.Fstat(int(f.Fd()), &st); err != nil {
		t.Fatal(err)
	}
	return st
}

// TestGrowAndRelease: the file has more blocks than it needs while it grows, never another
// length, and no more than it needs at the end.
func TestGrowAndRelease(t *testing.T) {
	f := create(t)
	var s Space
	b := bytes.Repeat([]byte("x"), bulk+100)
	var at int64
	for range 40 {
		s.Grow(f, at, int64(len(b)))
		st := stat(t, f)
		if st.Size != at {
			t.Fatalf("%d bytes long, %d are written", st.Size, at)
		}
		if got, least := st.Blocks*512, at+int64(len(b)); got < least || got > least+2*step+4096 {
			t.Fatalf("%d bytes of the disk for the %d that come next", got, least)
		}
		n, err := f.Write(b)
		if err != nil {
			t.Fatal(err)
		}
		at += int64(n)
	}
	old := time.Date(2020, 2, 3, 4, 5, 6, 7000, time.UTC)
	if err := os.Chtimes(f.Name(), old, old); err != nil {
		t.Fatal(err)
	}
	if err := Release(f); err != nil {
		t.Fatal(err)
	}
	st := stat(t, f)
	if st.Size != at || st.Blocks*512 >= at+bulk || st.Mtim.Nano() != old.UnixNano() {
		t.Errorf("%d bytes long (%d written), %d of the disk, of %v (before: %v)", st.Size, at, st.Blocks*512, time.Unix(st.Mtim.Unix()), old)
	}
}

// TestSmallWritesTakeNothing: most logs stay small.
func TestSmallWritesTakeNothing(t *testing.T) {
	f := create(t)
	var s Space
	s.Grow(f, 0, bulk-1)
	if n := stat(t, f).Blocks; n != 0 {
		t.Errorf("%d blocks", n)
	}
}

// TestLittleRoom: a small disk is for those who need it now.
func TestLittleRoom(t *testing.T) {
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=16m"); err != nil {
		t.Skipf("skipped: no tmpfs can be mounted (root may): %v", err)
	}
	t.Cleanup(func() { _ = unix.Unmount(dir, unix.MNT_DETACH) })
	f, err := os.Create(filepath.Join(dir, "f"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var s Space
	s.Grow(f, 0, bulk)
	if n := stat(t, f).Blocks; n != 0 {
		t.Errorf("%d blocks", n)
	}
	if s.end > 2*step {
		t.Errorf("not looked again before %d", s.end)
	}
}

// TestNotPossible: what cannot be had is not asked for again, and the file grows as ever.
func TestNotPossible(t *testing.T) {
	f, err := os.Open(t.TempDir()) // nothing can be taken for a directory
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var s Space
	s.Grow(f, 0, bulk)
	before := s
	s.Grow(f, 1<<40, bulk)
	if s != before || s.end < 1<<50 {
		t.Errorf("tried again: %v, then %v", before, s)
	}
}
