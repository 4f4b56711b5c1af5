package quota

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/spool/spooltest"
)

// quotaWriter is a writer that keeps to a quota.
type quotaWriter struct {
	t *testing.T
	w *spool.Writer
	q *Quota
}

func newQuotaWriter(t *testing.T, dir string, max int64) *quotaWriter {
	w := spool.NewWriter(spool.WriterOptions{Dir: dir, Stream: "access", RollSize: spool.RollSize(max)})
	t.Cleanup(func() { w.Close() })
	return &quotaWriter{t, w, New(dir, max)}
}

// write writes as much as may be, and returns how much of it is left.
func (q *quotaWriter) write(frames []byte) []byte {
	q.t.Helper()
	for len(frames) > 0 {
		n := q.q.Fit(frames)
		if n == 0 {
			return frames
		}
		if frame.Whole(frames[:n]) != n {
			q.t.Fatalf("%d bytes are no whole frames", n)
		}
		_, err := q.w.Write(frames[:n])
		check(q.t, err)
		frames = frames[n:]
	}
	return nil
}

// TestQuota: several writers together go beyond the size by one frame each at most, and use
// all of it, however much they have at once; and go on when a file is removed.
func TestQuota(t *testing.T) {
	for _, writers := range []int{1, 3, 20} {
		t.Run(fmt.Sprint(writers), func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "spool")
			const most = 1 << 20
			one := spooltest.Sealed(1, strings.Repeat("x", 2000)+"\n")
			batch := []byte(strings.Repeat(string(one), 50)) // 100 kB
			var all []*quotaWriter
			for range writers {
				all = append(all, newQuotaWriter(t, dir, most))
			}
			for range 2 * most / len(batch) {
				for _, w := range all {
					w.write(batch)
				}
			}
			if size := DirSize(dir); size < most || size > int64(most+writers*(len(one)+frame.MinFileHeader+8)) {
				t.Errorf("%d bytes in a spool of %d; a frame has %d", size, most, len(one))
			}
			all[0].q.now = func() time.Time { return time.Now().Add(time.Second) } // the directory has been as it is for a while
			lists := all[0].q.lists
			for range 100 {
				if all[0].write(one) == nil {
					t.Fatal("a full spool takes a frame")
				}
			}
			if n := all[0].q.lists - lists; n > 1 {
				t.Errorf("100 tries read the directory %d times, though no file was removed", n)
			}
			check(t, os.Remove(looked(t, dir).Files()[0].Path))
			if all[0].write(one) != nil {
				t.Error("the room that a removed file leaves is not seen")
			}
		})
	}
}

// TestQuotaIsCheap: with much room nobody looks before each frame.
func TestQuotaIsCheap(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "spool")
	w := newQuotaWriter(t, dir, 10<<30)
	now := time.Now()
	w.q.now = func() time.Time { return now }
	one := spooltest.Sealed(1, strings.Repeat("x", 2000)+"\n")
	for range 5000 {
		w.write(one)
	}
	if w.q.lists != 1 {
		t.Errorf("the directory was read %d times for 5000 frames at once", w.q.lists)
	}
}

// TestQuotaIsRenewed: where frames follow each other, and there is much room, the looks are made behind them.
func TestQuotaIsRenewed(t *testing.T) {
	q := New(filepath.Join(t.TempDir(), "spool"), 10<<30)
	now := time.Now()
	q.now = func() time.Time { return now }
	one := spooltest.Sealed(1, "x\n")
	renewed := 0
	for i := range 1000 {
		now = now.Add(time.Millisecond)
		before := q.looked
		if q.Fit(one); i > 0 && q.looked != before {
			t.Fatalf("frame %d waits for a look", i)
		}
		before = q.looked
		if q.Renew(); q.looked != before {
			renewed++
		}
	}
	if renewed == 0 || renewed > 20 {
		t.Errorf("%d looks in a second", renewed)
	}
	now = now.Add(trustLook)
	if q.Fit(one); q.looked != now {
		t.Error("an old look is trusted")
	}
}

// TestQuotaLooks: whether a spool is full is seen a hundredth of a second later at most, and whether it has room
// again, too; where there is any a whole frame fits.
func TestQuotaLooks(t *testing.T) {
	dir := t.TempDir()
	const most = 1000
	q := New(dir, most)
	now := time.Now()
	q.now = func() time.Time { return now }
	is := func(after time.Duration, full bool) {
		t.Helper()
		if now = now.Add(after); q.Full() != full {
			t.Errorf("it is full: %v", !full)
		}
	}
	is(0, false)
	path := spooltest.RawFile(t, dir, spooltest.FileID(1, 1), make([]byte, most))
	is(9*time.Millisecond, false)
	is(time.Millisecond, true)
	one := spooltest.Sealed(1, "x\n")
	if n := q.Fit(one); n != 0 {
		t.Errorf("%d bytes fit into a full one", n)
	}
	check(t, os.Truncate(path, most))
	is(9*time.Millisecond, true)
	is(time.Millisecond, true) // to the byte
	check(t, os.Truncate(path, most-1))
	is(10*time.Millisecond, false)
	if n := q.Fit(append(one, one...)); n != len(one) {
		t.Errorf("%d bytes fit where one is free, want one frame", n)
	}
	if got := DirSize(dir); got != most-1 {
		t.Errorf("%d bytes in the directory", got)
	}
	if got := DirSize(dir + "/none"); got != 0 {
		t.Errorf("%d bytes in no directory", got)
	}
}

func looked(t *testing.T, dir string) *spool.Catalog {
	t.Helper()
	c := spool.NewCatalog(dir)
	check(t, c.Look())
	return c
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
