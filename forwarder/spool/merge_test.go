package spool

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"httpd-syslog/forwarder/leaktest"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/spool/spooltest"
)

// sealedAt is a frame of one line that was received so long after spooltest.Time.
func sealedAt(after time.Duration, first uint64, payload string) []byte {
	buf := append(make([]byte, frame.HeaderSize), payload...)
	f := frame.Frame{Severity: frame.StreamSeverity, Time: spooltest.Time.Add(after), First: first, Lines: 1}
	f.Seal(buf)
	return buf
}

// times are those of all frames, in seconds after spooltest.Time, as a reader gives them.
func times(t *testing.T, r *Reader) (at []int) {
	t.Helper()
	for {
		f, err := r.Next()
		check(t, err)
		if f == nil {
			return at
		}
		if f.First > 0 {
			at = append(at, int(f.Time.Sub(spooltest.Time)/time.Second))
		}
	}
}

// TestFramesByTimeOfReceipt: an hour of one writer does not come before the same hour of another,
// however many files each has.
func TestFramesByTimeOfReceipt(t *testing.T) {
	dir := t.TempDir()
	const writers, frames = 5, 400
	rng := rand.New(rand.NewPCG(1, 2))
	files := make(map[frame.FileID][][]byte)
	next := make(map[uint64]uint64)
	for i := range frames {
		w := rng.Uint64N(writers)
		next[w]++
		id := spooltest.FileID(w, uint32(next[w]/20+1))
		files[id] = append(files[id], sealedAt(time.Duration(i)*time.Second, next[w], strings.Repeat("x", rng.IntN(9000))+"\n"))
	}
	for id, f := range files {
		spooltest.RawFile(t, dir, id, f...)
	}
	r := NewReader(refreshed(t, dir), nil, nil)
	defer r.Close()
	at := times(t, r)
	if len(at) != frames || !slices.IsSorted(at) {
		t.Errorf("%d frames, in the order %v", len(at), at)
	}
}

// TestClockStepsBack: a writer's frames stay in its order, whatever they say of the time, and those
// of others still come.
func TestClockStepsBack(t *testing.T) {
	dir := t.TempDir()
	hour := time.Hour
	spooltest.RawFile(t, dir, spooltest.FileID(1, 1), sealedAt(hour, 1, "a\n"), sealedAt(hour+2*time.Second, 2, "b\n"), sealedAt(1*time.Second, 3, "c\n"))
	spooltest.RawFile(t, dir, spooltest.FileID(1, 2), sealedAt(3*time.Second, 4, "d\n"), sealedAt(2*hour, 5, "e\n"))
	spooltest.RawFile(t, dir, spooltest.FileID(2, 1), sealedAt(2*time.Second, 1, "A\n"), sealedAt(hour+time.Second, 2, "B\n"), sealedAt(2*hour, 3, "C\n"))
	all := frames(t, readAll(t, dir))
	for _, w := range []uint64{1, 2} {
		if first := firsts(ofWriter(all, spooltest.WriterID(w))); !slices.IsSorted(first) {
			t.Errorf("writer %d: %v", w, first)
		}
	}
	var order string
	for _, g := range all {
		order += strings.TrimSpace(g.payload)
	}
	if order != "AaBbcdeC" {
		t.Errorf("the order is %s", order)
	}
}

// TestFrameFromTheFuture: one that was written before the clock was set back does not wait until
// everything else has been read.
func TestFrameFromTheFuture(t *testing.T) {
	dir := t.TempDir()
	now := time.Since(spooltest.Time)
	spooltest.RawFile(t, dir, spooltest.FileID(1, 1), sealedAt(now+1000*time.Hour, 1, "future\n"), sealedAt(now-time.Hour, 2, "behind it\n"))
	other := spooltest.FileID(2, 1)
	held(t, spooltest.RawFile(t, dir, other, sealedAt(now-time.Minute, 1, "past\n")))
	c := refreshed(t, dir)
	r := NewReader(c, nil, nil)
	defer r.Close()
	if first := frames(t, drain(t, r)); len(first) != 3 || first[0].payload != "past\n" || first[1].payload != "future\n" {
		t.Fatalf("%v", first)
	}
}

// TestNobodyIsWaitedFor: what is there is given, though a writer that is silent may have something
// older in its hand; that comes when it comes.
func TestNobodyIsWaitedFor(t *testing.T) {
	dir := t.TempDir()
	silent := spooltest.FileID(1, 1)
	path := spooltest.RawFile(t, dir, silent, sealedAt(time.Second, 1, "a\n"))
	held(t, path)
	spooltest.RawFile(t, dir, spooltest.FileID(2, 1), sealedAt(2*time.Second, 1, "b\n"), sealedAt(4*time.Second, 2, "d\n"))
	c := refreshed(t, dir)
	r := NewReader(c, nil, nil)
	defer r.Close()
	if at := times(t, r); !slices.Equal(at, []int{1, 2, 4}) {
		t.Errorf("%v", at)
	}
	spooltest.AppendTo(t, path, sealedAt(3*time.Second, 2, "c\n"))
	c.Find(silent.String()).Touch()
	if at := times(t, r); !slices.Equal(at, []int{3}) {
		t.Errorf("%v", at)
	}
}

// TestManyWritersInABacklog: memory and descriptors do not grow with the number of writers, nor with
// that of their files.
func TestManyWritersInABacklog(t *testing.T) {
	dir := t.TempDir()
	const writers, each = 700, 12
	for w := range uint64(writers) {
		for n := range uint32(2) {
			var chunks [][]byte
			for i := range each / 2 {
				at := (int(n)*each/2+i)*writers + int(w)
				chunks = append(chunks, sealedAt(time.Duration(at)*time.Second, uint64(int(n)*each/2+i+1), strings.Repeat("x", 9000)+"\n"))
			}
			spooltest.RawFile(t, dir, spooltest.FileID(w, n+1), chunks...)
		}
	}
	r := NewReader(refreshed(t, dir), nil, nil)
	defer r.Close()
	at, open, lent := -1, 0, 0
	n := 0
	for {
		f, err := r.Next()
		check(t, err)
		if f == nil {
			break
		}
		if f.First == 0 {
			continue
		}
		if s := int(f.Time.Sub(spooltest.Time) / time.Second); s < at {
			t.Fatalf("frame %d: %d s comes behind %d s", n, s, at)
		} else {
			at = s
		}
		if n++; n%50 == 0 {
			open = max(open, leaktest.OpenIn(dir))
		}
		lent = max(lent, r.buffers.lent+r.buffers.size)
	}
	if n != writers*each {
		t.Errorf("%d frames of %d", n, writers*each)
	}
	if open > mostOpen || lent > mostLent+2*readSize {
		t.Errorf("%d files were open, and %d bytes of memory in use", open, lent)
	}
	if left := leaktest.OpenIn(dir); left != 0 {
		t.Errorf("%d files are open at the end", left)
	}
}

// TestLimit: nothing is given from the limit on, and more when it moves.
func TestLimit(t *testing.T) {
	dir := t.TempDir()
	a, b := spooltest.FileID(1, 1), spooltest.FileID(2, 1)
	spooltest.RawFile(t, dir, a, sealedAt(1*time.Second, 1, "1\n"), sealedAt(3*time.Second, 2, "3\n"), sealedAt(5*time.Second, 3, "5\n"))
	spooltest.RawFile(t, dir, b, sealedAt(2*time.Second, 1, "2\n"), sealedAt(4*time.Second, 2, "4\n"))
	first, each := int64(len(spooltest.FileHeader(a))), int64(len(spooltest.Sealed(1, "1\n")))
	r := NewReader(refreshed(t, dir), nil, nil)
	defer r.Close()
	limit := Positions{a: {Offset: first + each}}
	r.Limit(limit)
	for _, step := range []struct {
		a, b int64
		want []int
	}{
		{1, 0, []int{1}}, {1, 0, nil}, {2, 0, []int{3}}, {2, 2, []int{2, 4}}, {3, 2, []int{5}}, {3, 2, nil},
	} {
		limit[a], limit[b] = Position{Offset: first + step.a*each}, Position{Offset: (first + step.b*each) * min(step.b, 1)}
		if at := times(t, r); !slices.Equal(at, step.want) {
			t.Errorf("limit %d, %d: %v, want %v", step.a, step.b, at, step.want)
		}
	}
}

// TestLimitInTheNextFile: a file that is behind the limit is read to its end.
func TestLimitInTheNextFile(t *testing.T) {
	dir := t.TempDir()
	a, b := spooltest.FileID(1, 1), spooltest.FileID(1, 2)
	spooltest.RawFile(t, dir, a, sealedAt(1*time.Second, 1, "1\n"))
	spooltest.RawFile(t, dir, b, sealedAt(2*time.Second, 2, "2\n"), sealedAt(3*time.Second, 3, "3\n"))
	first, each := int64(len(spooltest.FileHeader(a))), int64(len(spooltest.Sealed(1, "1\n")))
	r := NewReader(refreshed(t, dir), nil, nil)
	defer r.Close()
	r.Limit(Positions{a: {Offset: first + each}, b: {Offset: first + each}})
	if at := times(t, r); !slices.Equal(at, []int{1, 2}) {
		t.Errorf("%v", at)
	}
}

// TestCloseLosesNothing: a reader that was closed goes on where it was.
func TestCloseLosesNothing(t *testing.T) {
	dir := t.TempDir()
	var want []int
	for w := range uint64(3) {
		var chunks [][]byte
		for i := range 20 {
			at := 3*i + int(w)
			want = append(want, at)
			chunks = append(chunks, sealedAt(time.Duration(at)*time.Second, uint64(i+1), fmt.Sprint(at, "\n")))
		}
		held(t, spooltest.RawFile(t, dir, spooltest.FileID(w, 1), chunks...))
	}
	slices.Sort(want)
	r := NewReader(refreshed(t, dir), nil, nil)
	var at []int
	for {
		f, err := r.Next()
		check(t, err)
		r.Close()
		if f == nil {
			break
		}
		at = append(at, int(f.Time.Sub(spooltest.Time)/time.Second))
	}
	if !slices.Equal(at, want) {
		t.Errorf("%v", at)
	}
}
