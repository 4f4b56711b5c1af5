package index

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand"
	"testing"

	"httpd-syslog/forwarder/verify/ledger"
)

// file is a file in memory, with what an index has been told of it.
type file struct {
	*bytes.Reader
	b []byte
	x *Index
}

func newFile() *file { return &file{x: New(0, plenty())} }

func text(writer, n uint64, what string) []byte {
	return fmt.Appendf(nil, "<141>1 2026-11-27T03:28:28.000000Z web1 httpd 4711-%016x access [meta sequenceId=\"%d\"] %s\n", writer, n, what)
}

func (f *file) write(writer, n uint64, what string) {
	line := text(writer, n, what)
	f.x.Add(ledger.Row{Writer: writer}, n, int64(len(f.b)), int64(len(f.b)+len(line)))
	f.b = append(f.b, line...)
	f.Reader = bytes.NewReader(f.b)
}

func (f *file) has(t *testing.T, writer, n uint64, what string) bool {
	t.Helper()
	is, err := f.x.Has(f, ledger.Row{Writer: writer}, n, text(writer, n, what))
	if err != nil {
		t.Fatal(err)
	}
	return is
}

// TestAllAreFound: lines of several writers, in runs that come late as well, found in any order; with an
// index that has read nothing too.
func TestAllAreFound(t *testing.T) {
	f := newFile()
	var all [][2]uint64
	put := func(writer, first, last uint64) {
		for n := first; n <= last; n++ {
			f.write(writer, n, fmt.Sprint("line ", n))
			all = append(all, [2]uint64{writer, n})
		}
	}
	for part := range uint64(20) {
		put(1, part*500+1, part*500+400)
		put(2, part*100+1, part*100+100)
	}
	for part := range uint64(20) { // late
		put(1, part*500+401, part*500+500)
	}
	for _, anew := range []bool{false, true} {
		if anew {
			f.x = New(int64(len(f.b)), plenty())
			put(1, 10001, 10100)
		}
		for _, i := range append(rand.New(rand.NewSource(1)).Perm(len(all))[:2000], 0, 1, 2, len(all)-1) {
			writer, n := all[i][0], all[i][1]
			if !f.has(t, writer, n, fmt.Sprint("line ", n)) {
				t.Fatalf("line %d of writer %d is not found (anew: %v)", n, writer, anew)
			}
			if f.has(t, writer, n, fmt.Sprint("line ", n, "!")) || f.has(t, 3, n, fmt.Sprint("line ", n)) {
				t.Fatalf("a line that is not there is found (%d)", n)
			}
		}
	}
	if f.has(t, 1, 20000, "line 20000") {
		t.Error("a line that never came is found")
	}
}

// TestTwoTexts: both lines of a number are found.
func TestTwoTexts(t *testing.T) {
	f := newFile()
	f.write(1, 1, "forged")
	f.write(1, 2, "b")
	f.write(1, 1, "genuine")
	f.write(1, 3, "c")
	for _, what := range []string{"forged", "genuine"} {
		if !f.has(t, 1, 1, what) {
			t.Errorf("%s is not found", what)
		}
	}
	if !f.has(t, 1, 2, "b") || !f.has(t, 1, 3, "c") {
		t.Error("the others are not found")
	}
}

// TestBounds: however a writer's numbers jump, memory is bounded, and what is in order is found.
func TestBounds(t *testing.T) {
	x := New(0, plenty())
	off := int64(0)
	for n := range uint64(300_000) {
		x.Add(ledger.Row{Writer: 1}, n, off, off+stride)
		off += stride
	}
	for n := uint64(300_000); n > 0; n-- {
		x.Add(ledger.Row{Writer: 2}, n, off, off+1)
		off++
	}
	for key, r := range x.rows {
		for _, u := range r.runs {
			if len(u.marks) > mostMarks {
				t.Errorf("%d marks", len(u.marks))
			}
		}
		if len(r.runs) > mostRuns {
			t.Errorf("%v: %d runs", key, len(r.runs))
		}
	}
	from, to := x.rows[ledger.Row{Writer: 1}].runs[0].between(150_000)
	if from > 150_000*stride || to <= 150_000*stride {
		t.Errorf("line 150000 is looked for from %d to %d", from/stride, to/stride)
	}
}

// TestLongLines are read whole; a part of a line at the end is none.
func TestLongLines(t *testing.T) {
	f := newFile()
	long := string(bytes.Repeat([]byte("x"), 3*window))
	f.write(1, 1, "a")
	f.write(1, 2, long)
	f.write(1, 3, "b")
	f.x = New(int64(len(f.b)), plenty())
	if !f.has(t, 1, 2, long) || !f.has(t, 1, 3, "b") {
		t.Error("not found behind a long line")
	}
	f.x, f.Reader = New(int64(len(f.b)-1), plenty()), bytes.NewReader(f.b[:len(f.b)-1])
	if f.has(t, 1, 3, "b") {
		t.Error("a part of a line is found")
	}
}

// TestRepeatsInOrder: what comes again in order is found without reading all between two marks each time.
func TestRepeatsInOrder(t *testing.T) {
	f := newFile()
	for n := range uint64(5000) {
		f.write(1, n+1, "a line of the usual length, more or less, as a web server writes them all day")
	}
	c := &counting{f: f}
	for n := range uint64(5000) {
		is, err := f.x.Has(c, ledger.Row{Writer: 1}, n+1, text(1, n+1, "a line of the usual length, more or less, as a web server writes them all day"))
		if !is || err != nil {
			t.Fatal(n, err)
		}
	}
	if c.read > 30*len(f.b) {
		t.Errorf("%d bytes are read for %d", c.read, len(f.b))
	}
}

// TestReadsLittle: to find a line that comes out of order the file is read between two marks, however long it is, whether
// the index has seen it written or has read it.
func TestReadsLittle(t *testing.T) {
	f := newFile()
	what := string(bytes.Repeat([]byte("x"), 10_000))
	for n := range uint64(400) {
		f.write(1, n+1, what)
	}
	anew := &Index{}
	for name, x := range map[string]*Index{"written": f.x, "read": anew} {
		if x == anew {
			x = New(int64(len(f.b)), plenty())
			if _, err := x.Has(f, ledger.Row{Writer: 9}, 1, text(9, 1, "")); err != nil {
				t.Fatal(err)
			}
		}
		for n := uint64(400); n > 3; n -= 3 {
			c := &counting{f: f}
			if is, err := x.Has(c, ledger.Row{Writer: 1}, n, text(1, n, what)); !is || err != nil || c.read > stride+window+20_000 {
				t.Errorf("%s: line %d: %v, %v, %d bytes are read", name, n, is, err, c.read)
			}
		}
	}
}

// failing fails to read behind an offset.
type failing struct {
	f     *file
	until int64
}

func (r failing) ReadAt(b []byte, off int64) (int, error) {
	if off+int64(len(b)) > r.until {
		return 0, errBroken
	}
	return r.f.ReadAt(b, off)
}

var errBroken = errors.New("input/output error")

// TestBrokenDisk: where the file cannot be read nobody is told that a line is not there, and once it can be read it is found.
func TestBrokenDisk(t *testing.T) {
	f := newFile()
	for n := range uint64(100) {
		f.write(1, n+1, string(bytes.Repeat([]byte("x"), 5000)))
	}
	what := string(bytes.Repeat([]byte("x"), 5000))
	for _, size := range []int64{0, int64(len(f.b))} { // one that has seen all written, and one that has to read it
		b := plenty()
		x := f.x
		if size > 0 {
			x = New(size, b)
		}
		for _, until := range []int64{0, int64(len(f.b)) / 2} {
			if is, err := x.Has(failing{f, until}, ledger.Row{Writer: 1}, 99, text(1, 99, what)); is || !errors.Is(err, errBroken) {
				t.Errorf("size %d, broken from %d on: %v, %v", size, until, is, err)
			}
		}
		if size > 0 && *b != *plenty() {
			t.Errorf("%d are left of %d", b.Left, plenty().Left)
		}
		if is, err := x.Has(f, ledger.Row{Writer: 1}, 99, text(1, 99, what)); !is || err != nil {
			t.Errorf("size %d, whole again: %v, %v", size, is, err)
		}
	}
}

// TestReadAnew: runs that were read come before those that were written since, and no more are kept than there may be.
func TestReadAnew(t *testing.T) {
	f := newFile()
	for n := uint64(200); n > 100; n-- { // each a run of its own
		f.write(1, n, "old")
	}
	b := plenty()
	f.x = New(int64(len(f.b)), b)
	for n := uint64(1000); n > 990; n-- {
		f.write(1, n, "new")
	}
	if !f.has(t, 1, 991, "new") || !f.has(t, 1, 1000, "new") || !f.has(t, 1, 101, "old") || f.has(t, 1, 200, "old") {
		t.Error("others are found than the last ones")
	}
	if n := len(f.x.rows[ledger.Row{Writer: 1}].runs); n != mostRuns || b.Left != plenty().Left-mostRuns {
		t.Errorf("%d runs, %d are left", n, b.Left)
	}
	f.x.Release()
	if b.Left != plenty().Left {
		t.Errorf("%d are left", b.Left)
	}
}

type counting struct {
	f    *file
	read int
}

func (c *counting) ReadAt(b []byte, off int64) (int, error) {
	n, err := c.f.ReadAt(b, off)
	c.read += n
	return n, err
}

// FuzzLines: the lines of any bytes are those that bytes.Lines gives.
func FuzzLines(f *testing.F) {
	f.Add([]byte("a\nb\n\nc"), 0, 7)
	f.Fuzz(func(t *testing.T, b []byte, from, to int) {
		if from < 0 || to > len(b) || from > to {
			return
		}
		var got []byte
		at := int64(from)
		err := lines(bytes.NewReader(b), int64(from), int64(to), func(off int64, line []byte) bool {
			if off != at {
				t.Fatalf("at %d, want %d", off, at)
			}
			got = append(append(got, line...), '\n')
			at += int64(len(line)) + 1
			return true
		})
		want := b[from:to]
		want = want[:bytes.LastIndexByte(want, '\n')+1]
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("%q, %v, want %q", got, err, want)
		}
	})
}

func plenty() *Budget { return &Budget{Left: 1 << 20} }

// TestBudget: rows and runs without end take no more than the budget and a few for each file, which still find the
// lines of the first rows; what a file has had is given back.
func TestBudget(t *testing.T) {
	b := &Budget{Left: 100}
	var all []*file
	for range 3 {
		f := newFile()
		f.x = New(0, b)
		for n := range uint64(1000) {
			f.write(n+1, 1, "one")
			f.write(1, 2000-n, "down")
		}
		all = append(all, f)
	}
	runs := 0
	for _, f := range all {
		for _, r := range f.x.rows {
			runs += len(r.runs)
		}
		if !f.has(t, 2, 1, "one") || !f.has(t, 1, 1001, "down") {
			t.Error("a line of one of the first rows is not found")
		}
		f.x.Release()
	}
	if runs > 100+3*ownRows*ownRuns || b.Left != 100 {
		t.Errorf("%d runs, and %d are left afterwards", runs, b.Left)
	}
}
