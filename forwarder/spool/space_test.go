package spool

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/leaktest"
	"httpd-syslog/forwarder/spool/spooltest"
	"httpd-syslog/forwarder/testbed/smalldisk"
)

const (
	limitFrames = 100
	limitBytes  = 100_000 // of a file
)

// spaceFrames are a batch of frames, numbered from first.
func spaceFrames(first uint64, n int) (b []byte, size int) {
	for i := range n {
		f := spooltest.Sealed(first+uint64(i), strings.Repeat("x", 6999)+"\n")
		b, size = append(b, f...), len(f)
	}
	return b, size
}

// limitChild writes frames into files that cannot grow beyond a limit. What was
// not taken is written again, as the caller of Write is told to do.
func limitChild() {
	w := NewWriter(WriterOptions{Dir: os.Getenv("SPOOL_TEST_DIR"), Stream: "access"})
	limit(20) // within the header
	if n, err := w.Write(spooltest.Sealed(1, "x\n")); n != 0 || w.size != 0 || !errors.Is(err, syscall.EFBIG) {
		panic(fmt.Sprint(n, " bytes taken: ", err))
	}
	if w.opened = w.opened.Add(-time.Hour); w.due() {
		panic("an empty file would be left behind for its age")
	}
	w.opened = time.Now()
	limit(limitBytes)
	failed := 0
	for first := uint64(1); first <= limitFrames; first += 10 {
		batch, size := spaceFrames(first, 10)
		for len(batch) > 0 {
			n, err := w.Write(batch)
			if err != nil {
				failed++
			}
			if (err == nil) != (n == len(batch)) || n%size != 0 || err != nil && !errors.Is(err, syscall.EFBIG) {
				panic(fmt.Sprint(n, " bytes taken: ", err))
			}
			batch = batch[n:]
		}
	}
	fmt.Print(failed)
}

func limit(size uint64) {
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: size, Max: 1 << 40}); err != nil {
		panic(err)
	}
}

func TestFilesThatCannotGrow(t *testing.T) {
	dir := t.TempDir()
	out, err := child(t, "limit", dir).Output()
	check(t, err)
	if n := len(refreshed(t, dir).Files()); string(out) != fmt.Sprint(n-1) || n < limitFrames*7000/limitBytes {
		t.Errorf("%s writes failed, %d files", out, n)
	}
	if fs := firsts(frames(t, readAll(t, dir))); !slices.Equal(fs, upTo(limitFrames)) {
		t.Errorf("%v", fs)
	}
}

func upTo(n uint64) (ns []uint64) {
	for i := range n {
		ns = append(ns, i+1)
	}
	return ns
}

// smallDisk is a file system of 1 MiB.
func smallDisk(t *testing.T) string { return diskOf(t, "1m") }

// diskOf is a directory on a file system of its own.
func diskOf(t *testing.T, size string) string {
	t.Helper()
	disk := t.TempDir()
	smalldisk.Mount(t, disk, size)
	return disk
}

func TestDiskFull(t *testing.T) {
	disk := smallDisk(t)
	dir := filepath.Join(disk, "spool")
	w := NewWriter(WriterOptions{Dir: dir, Stream: "access"})
	defer w.Close()
	c := NewCatalog(dir)
	r := NewReader(c, nil, nil)
	defer r.Close()

	var read []uint64
	full := 0
	for first := uint64(1); full < 3; first += 5 {
		batch, size := spaceFrames(first, 5)
		for len(batch) > 0 {
			n, err := w.Write(batch)
			batch = batch[n:]
			if err == nil {
				continue
			}
			if n%size != 0 || !errors.Is(err, syscall.ENOSPC) {
				t.Fatalf("%d bytes taken: %v", n, err)
			}
			full++
			check(t, c.Refresh())
			all := frames(t, drain(t, r)) // no part of a frame is left
			read = append(read, firsts(all)...)
			if uint64(len(read)) != first+4-uint64(len(batch)/size) {
				t.Fatalf("%d frames read, %d bytes of the batch from %d to go", len(read), len(batch), first)
			}
			freeAll(t, c)
		}
	}
	check(t, w.Close())
	check(t, c.Refresh())
	read = append(read, firsts(frames(t, drain(t, r)))...)
	if !slices.Equal(read, upTo(uint64(len(read)))) {
		t.Errorf("%v", read)
	}
}

// freeAll removes all files, which are all complete: a full disk is how each
// came to its end.
func freeAll(t *testing.T, c *Catalog) {
	t.Helper()
	for _, f := range c.Files() {
		check(t, c.Remove(f))
	}
}

// A disk that is full from the start leaves nothing behind but one file, however
// often Write is called; when there is room, that file is used.
func TestDiskFullAtTheStart(t *testing.T) {
	disk := smallDisk(t)
	ballast := filepath.Join(disk, "ballast")
	for _, room := range []int{0, 1} { // pages
		t.Run(fmt.Sprint(room), func(t *testing.T) {
			dir := filepath.Join(disk, fmt.Sprint("spool", room))
			check(t, os.Mkdir(dir, 0o750))
			fill(t, ballast, room)
			w := NewWriter(WriterOptions{Dir: dir, Stream: "access"})
			defer w.Close()
			batch, _ := spaceFrames(1, 2)
			for range 3 {
				if n, err := w.Write(batch); n != 0 || !errors.Is(err, syscall.ENOSPC) {
					t.Fatalf("%d bytes taken: %v", n, err)
				}
			}
			check(t, os.Remove(ballast))
			n, err := w.Write(batch)
			check(t, err)
			check(t, w.Close())
			files := refreshed(t, dir).Files()
			if fs := firsts(frames(t, readAll(t, dir))); n != len(batch) || !slices.Equal(fs, upTo(2)) || len(files) != 1 {
				t.Errorf("%d bytes taken, %v, %d files", n, fs, len(files))
			}
		})
	}
}

// fill leaves room for some pages.
func fill(t *testing.T, ballast string, pages int) {
	t.Helper()
	f, err := os.Create(ballast)
	check(t, err)
	defer f.Close()
	page := make([]byte, os.Getpagesize())
	size := int64(0)
	for {
		n, err := f.Write(page)
		size += int64(n)
		if errors.Is(err, syscall.ENOSPC) {
			break
		}
		check(t, err)
	}
	check(t, f.Truncate(size-int64(pages*len(page))))
}

// sizes are those of the files in a spool directory.
func sizes(t *testing.T, dir string) (all []int64) {
	t.Helper()
	for _, f := range refreshed(t, dir).Files() {
		n, err := f.Size()
		check(t, err)
		all = append(all, n)
	}
	return all
}

// TestSmallDisk: a file that is written to, which cannot be removed, is a 64th of a small
// file system at most, however much is written at once.
func TestSmallDisk(t *testing.T) {
	dir := filepath.Join(diskOf(t, "16m"), "spool")
	w := NewWriter(WriterOptions{Dir: dir, Stream: "access"})
	defer w.Close()
	batch, frame := spaceFrames(1, 300) // 2 MB
	n, err := w.Write(batch)
	check(t, err)
	if n != len(batch) {
		t.Errorf("%d of %d bytes taken", n, len(batch))
	}
	for _, size := range sizes(t, dir) {
		if most := int64(16<<20/64 + frame); size > most {
			t.Errorf("a file of %d bytes, more than %d", size, most)
		}
	}
	all := frames(t, readAll(t, dir))
	for i, g := range all {
		if g.first != uint64(i+1) {
			t.Fatalf("frame %d is number %d", i+1, g.first)
		}
	}
	if len(all) != 300 {
		t.Errorf("%d frames", len(all))
	}
}

// TestNearlyFullDisk: where the disk is nearly full a file gets a successor soon, and one
// that nothing more is written to is let go of.
func TestNearlyFullDisk(t *testing.T) {
	disk := diskOf(t, "32m")
	dir := filepath.Join(disk, "spool")
	w := NewWriter(WriterOptions{Dir: dir, Stream: "access"})
	defer w.Close()
	batch, _ := spaceFrames(1, 10) // 70 kB
	_, err := w.Write(batch)
	check(t, err)
	w.Yield()
	if n := leaktest.OpenIn(dir); n != 1 {
		t.Error("a file was let go of though there is room")
	}
	check(t, os.WriteFile(filepath.Join(disk, "other"), make([]byte, 29<<20), 0o600))
	for range 4 { // 280 kB, of a limit of 512 KiB
		_, err = w.Write(batch)
		check(t, err)
	}
	if n := len(sizes(t, dir)); n < 2 {
		t.Errorf("%d files, though the disk is nearly full", n)
	}
	w.Yield()
	if n := leaktest.OpenIn(dir); n != 0 {
		t.Error("a file that nothing is written to cannot be removed")
	}
}
