package reconcile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"strings"
	"testing"
	"time"

	"httpd-syslog/forwarder/leaktest"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/spool/spooltest"
	"httpd-syslog/rotate"
)

func TestMain(m *testing.M) { leaktest.Run(m) }

// file is a file of the local log whose spool has one file for each writer, of these frames. A frame
// of several lines has an LF between them.
func file(t *testing.T, writers ...[]string) File {
	t.Helper()
	dir := t.TempDir()
	for i, texts := range writers {
		var frames [][]byte
		first := uint64(1)
		for _, text := range texts {
			n := strings.Count(text, "\n") + 1
			frames = append(frames, spooltest.SealedLines(first, n, text+"\n"))
			first += uint64(n)
		}
		spooltest.RawFile(t, dir, spooltest.FileID(uint64(i+1), 1), frames...)
	}
	c := spool.NewCatalog(dir)
	if err := c.Refresh(); err != nil {
		t.Fatal(err)
	}
	return File{Catalog: c, At: spool.Positions{}, Read: spool.Positions{},
		Text: func(dst []byte, f *spool.Frame) ([]byte, int) {
			if bytes.HasPrefix(f.Payload, []byte("elsewhere")) { // a line of another file
				return dst, 0
			}
			return append(dst, f.Payload...), f.Lines
		}}
}

// behind are positions behind so many of the first frames of each writer.
func behind(t *testing.T, f *File, frames ...int) spool.Positions {
	t.Helper()
	all := spool.Positions{}
	for i, n := range frames {
		id := spooltest.FileID(uint64(i+1), 1)
		r := spool.NewReader(f.Catalog, nil, func(h *frame.FileHeader) bool { return h.File == id })
		for range n {
			next, err := r.Next()
			if err != nil || next == nil {
				t.Fatalf("writer %d has no %d frames: %v", i, n, err)
			}
			all[id] = spool.Position{Offset: next.End}
		}
		r.Close()
	}
	return all
}

// tail is one that was written to after the spool's lines came in.
func tail(text string) rotate.Tail {
	return rotate.Tail{ReaderAt: strings.NewReader(text), Size: int64(len(text)), Written: spooltest.Time.Add(time.Minute)}
}

// tellsApart holds what a Reconciler says of a tail: how much of it stays, up to where the file has the
// spool's frames, by writer, and which lines are strange.
func tellsApart(t *testing.T, f File, tl rotate.Tail, keep int, there []int, strange Lines) *Reconciler {
	t.Helper()
	r := New(f)
	t.Cleanup(r.Close)
	if n, err := r.Keep(tl); err != nil || n != int64(keep) {
		t.Errorf("%d bytes of %d stay, %v; want %d", n, tl.Size, err, keep)
	}
	if want := behind(t, &f, there...); !maps.Equal(r.There(), want) {
		t.Errorf("the file has lines up to %v, want %v", r.There(), want)
	}
	if r.Strange() != strange {
		t.Errorf("strange are %+v, want %+v", r.Strange(), strange)
	}
	return r
}

// TestTails: whose the lines of a tail are.
func TestTails(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("y", 100)
	two := []string{"a1\na2", "a3"}
	for name, c := range map[string]struct {
		writers [][]string
		tail    string
		keep    int // -1: all
		there   []int
		strange Lines
	}{
		"all lines":                  {[][]string{two, {"b1"}}, "b1\na1\na2\na3\n", -1, []int{2, 1}, Lines{}},
		"the first frame alone":      {[][]string{two, {"b1"}}, "a1\na2\n", -1, []int{1}, Lines{}},
		"torn within a frame":        {[][]string{two, {"b1"}}, "b1\na1\n", 3, []int{0, 1}, Lines{}},
		"torn within a line":         {[][]string{two, {"b1"}}, "a1\na2\na", 6, []int{1}, Lines{}},
		"a second line alone":        {[][]string{two}, "a2\n", -1, nil, Lines{1, 3}},
		"a line twice":               {[][]string{two}, "a1\na2\na1\na2\n", -1, []int{1}, Lines{2, 6}},
		"lines of another file":      {[][]string{{"elsewhere", "a1", "elsewhere"}}, "a1\n", -1, []int{2}, Lines{}},
		"alike for a while":          {[][]string{{long + "1"}, {long + "2"}}, long + "2\n" + long + "3\n", -1, []int{0, 1}, Lines{1, 102}},
		"alike, and torn":            {[][]string{{long + "1"}, {long + "2"}}, long + "2\n" + long, 102, []int{0, 1}, Lines{}},
		"zeros":                      {[][]string{two}, "a1\na2\n" + strings.Repeat("\x00", 9000), 6, []int{1}, Lines{}},
		"zeros, and a line":          {[][]string{two}, "\x00\x00b\n\x00", 4, nil, Lines{1, 4}},
		"a strange end":              {[][]string{two}, "a1\na2\nb", -1, []int{1}, Lines{1, 1}},
		"one strange line as a tail": {nil, "b\n", -1, nil, Lines{1, 2}},
		"an empty line":              {[][]string{two}, "\na1\na2\n", -1, []int{1}, Lines{1, 1}},
		"more than is read at once": {[][]string{{"a", strings.Repeat("z", 700<<10), "b"}}, "a\n" + strings.Repeat("z", 700<<10) + "\n" + strings.Repeat("s", 900<<10) + "\nb\n", -1,
			[]int{3}, Lines{1, 900<<10 + 1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c.keep < 0 {
				c.keep = len(c.tail)
			}
			tellsApart(t, file(t, c.writers...), tail(c.tail), c.keep, c.there, c.strange)
		})
	}
}

// TestWhereAFileIs: lines that the file has by its record are not looked for in the tail; lines behind
// that which the local log has read were waiting for the file.
func TestWhereAFileIs(t *testing.T) {
	t.Parallel()
	f := file(t, []string{"a1", "a2\na3", "a4"}, []string{"b1"})
	f.At, f.Read = behind(t, &f, 1), behind(t, &f, 2)
	r := tellsApart(t, f, tail("a2\na3\na4\na1\nb1\n"), 15, []int{3, 1}, Lines{1, 3})
	if want := (Lines{2, 6}); r.Waited() != want {
		t.Errorf("%+v waited, want %+v", r.Waited(), want)
	}
	if r.MayRepeat() {
		t.Error("the spool has lines left")
	}
}

// TestTailThatIsNotTrusted: where the kernel may have dropped some of it all is written again, if the
// spool has all of it.
func TestTailThatIsNotTrusted(t *testing.T) {
	t.Parallel()
	f := file(t, []string{"a1", "a2"})
	f.Distrusted, f.Read = true, behind(t, &f, 2)
	if r := tellsApart(t, f, tail("a1\na2\n"), 0, nil, Lines{}); r.Waited() != (Lines{}) {
		t.Errorf("%+v waited", r.Waited())
	}
	tellsApart(t, f, tail("a1\na"), 0, nil, Lines{})
	tellsApart(t, f, tail("a1\nb1\n"), 6, []int{1}, Lines{1, 3})
	unnamed := tail("a1\na2\n")
	unnamed.Unnamed = true
	tellsApart(t, f, unnamed, 6, []int{2}, Lines{})
}

// TestFileWithoutARecord: one that was last written to before the spool's lines came in has none of
// them, whatever is in it.
func TestFileWithoutARecord(t *testing.T) {
	t.Parallel()
	f := file(t, []string{"a1", "a2"})
	f.Unrecorded = true
	for _, c := range []struct {
		written time.Duration // after the lines came in
		there   []int
	}{{-clockGrain, nil}, {-clockGrain + 1, []int{2}}, {time.Minute, []int{2}}} {
		tl := tail("a1\na2\n")
		tl.Written = spooltest.Time.Add(c.written)
		tellsApart(t, f, tl, 6, c.there, Lines{})
	}
}

// TestRepeats: a strange line may be one of the spool's that are left.
func TestRepeats(t *testing.T) {
	t.Parallel()
	f := file(t, []string{"a1", "a2"}, []string{"elsewhere"})
	if r := tellsApart(t, f, tail("a1\nb\n"), 5, []int{1}, Lines{1, 2}); !r.MayRepeat() {
		t.Error("a line of the spool is left")
	}
	if r := tellsApart(t, f, tail("a1\na2\nb\n"), 8, []int{2}, Lines{1, 2}); r.MayRepeat() {
		t.Error("no line of the spool is left")
	}
	old := tail("a1\nb\n")
	old.Written = spooltest.Time.Add(-time.Hour)
	if r := tellsApart(t, f, old, 5, []int{1}, Lines{1, 2}); r.MayRepeat() {
		t.Error("the file was not written to since the lines came in")
	}
}

// TestTailsOfOneFile: a file may have two tails, the second under the log's path.
func TestTailsOfOneFile(t *testing.T) {
	t.Parallel()
	f := file(t, []string{"a1", "a2", "a3"})
	r := New(f)
	defer r.Close()
	for _, text := range []string{"a1\n", "a2\nb\n"} {
		if n, err := r.Keep(tail(text)); err != nil || n != int64(len(text)) {
			t.Fatalf("%d bytes stay, %v", n, err)
		}
	}
	if want := behind(t, &f, 2); !maps.Equal(r.There(), want) || r.Strange() != (Lines{1, 2}) {
		t.Errorf("%v, want %v; strange are %+v", r.There(), want, r.Strange())
	}
}

// TestManyWriters: more than may have a file open at once.
func TestManyWriters(t *testing.T) {
	t.Parallel()
	var writers [][]string
	var text strings.Builder
	var there []int
	for i := range 100 {
		writers = append(writers, []string{fmt.Sprintf("%d first", i), fmt.Sprintf("%d second", i)})
		fmt.Fprintf(&text, "%d first\n", i)
		there = append(there, 2)
	}
	for i := range 100 {
		fmt.Fprintf(&text, "%d second\n", 99-i)
	}
	tellsApart(t, file(t, writers...), tail(text.String()), text.Len(), there, Lines{})
}

// brokenReader fails once, at a read that goes behind so many bytes.
type brokenReader struct {
	good   int64
	failed bool
}

var errBroken = errors.New("broken")

func (b *brokenReader) ReadAt(p []byte, off int64) (int, error) {
	if off+int64(len(p)) > b.good && !b.failed {
		b.failed = true
		return 0, errBroken
	}
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

// TestTailThatCannotBeRead: an error is told, though another read would succeed: what was not read is
// not strange.
func TestTailThatCannotBeRead(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		writers []string
		good    int64
	}{
		{nil, 0}, {[]string{"a1"}, 0}, // the first bytes, as a strange line's or to compare
		{[]string{strings.Repeat("x", 400<<10)}, 256 << 10}, // the rest of a line that is alike so far
		{[]string{"a1"}, 256 << 10},                         // the rest of a strange line
	} {
		r := New(file(t, c.writers))
		_, err := r.Keep(rotate.Tail{ReaderAt: &brokenReader{good: c.good}, Size: 600 << 10, Written: spooltest.Time.Add(time.Minute)})
		if !errors.Is(err, errBroken) {
			t.Errorf("%v, behind %d bytes", err, c.good)
		}
		r.Close()
	}
	if _, err := New(file(t)).Keep(rotate.Tail{ReaderAt: strings.NewReader("short"), Size: 9}); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a tail that has become shorter: %v", err)
	}
}

// TestDamagedFrame: a place of the spool that cannot be read hides no line behind it.
func TestDamagedFrame(t *testing.T) {
	t.Parallel()
	f := file(t, []string{"a1", "a2", "a3"})
	at := behind(t, &f, 1)[spooltest.FileID(1, 1)]
	spooltest.Overwrite(t, f.Catalog.Files()[0].Path, func(b []byte) { b[at.Offset+frame.HeaderSize] ^= 1 })
	r := New(f)
	defer r.Close()
	if n, err := r.Keep(tail("a1\na2\na3\n")); err != nil || n != 9 || r.Strange() != (Lines{1, 3}) {
		t.Errorf("%d bytes stay, %v; strange are %+v", n, err, r.Strange())
	}
}
