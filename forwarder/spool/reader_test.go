package spool

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/leaktest"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/spool/spooltest"
)

// script writes frames of many sizes with several writers in turn, and gives
// what each wrote.
func script(t *testing.T, dir string, rollSize int64) map[frame.WriterID][]string {
	t.Helper()
	sizes := []int{0, 1, 20, 300, 4096, readSize - frame.HeaderSize, readSize, readSize + 1, 64 << 10, 3 * readSize, frame.MaxPayload, 5}
	wrote := make(map[frame.WriterID][]string)
	var writers []*Writer
	for i := range 3 {
		w := NewWriter(WriterOptions{Dir: dir, Host: "web1", Stream: fmt.Sprint("s", i), RollSize: rollSize})
		defer w.Close()
		writers = append(writers, w)
	}
	next := make(map[frame.WriterID]uint64)
	for round := range sizes {
		for i, w := range writers {
			payload := payloadOf(sizes[(round+i)%len(sizes)])
			batch := append(spooltest.Sealed(next[w.ID()]+1, payload), spooltest.Sealed(next[w.ID()]+2, "second of a batch\n")...)
			next[w.ID()] += 2
			n, err := w.Write(batch)
			check(t, err)
			if n != len(batch) {
				t.Fatalf("%d of %d bytes taken", n, len(batch))
			}
			wrote[w.ID()] = append(wrote[w.ID()], payload, "second of a batch\n")
		}
	}
	return wrote
}

// payloadOf is size bytes of lines.
func payloadOf(size int) string {
	s := strings.Repeat("0123456789 GET / 200\n", size/21)
	if rest := size - len(s); rest > 0 {
		s += strings.Repeat("x", rest-1) + "\n"
	}
	return s
}

func payloads(all []got) map[frame.WriterID][]string {
	by := make(map[frame.WriterID][]string)
	for _, g := range all {
		by[g.file.Writer] = append(by[g.file.Writer], g.payload)
	}
	return by
}

func sameAs(t *testing.T, have, want map[frame.WriterID][]string) {
	t.Helper()
	if len(have) != len(want) {
		t.Fatalf("%d writers, want %d", len(have), len(want))
	}
	for id := range want {
		if !slices.Equal(have[id], want[id]) {
			t.Errorf("writer %v: %d frames, want %d, or not the same", id, len(have[id]), len(want[id]))
		}
	}
}

func TestRoundTrip(t *testing.T) {
	for _, rollSize := range []int64{1, 100 << 10, 1 << 20, 64 << 20} {
		t.Run(fmt.Sprint(rollSize), func(t *testing.T) {
			dir := t.TempDir()
			want := script(t, dir, rollSize)
			all := readAll(t, dir)
			sameAs(t, payloads(frames(t, all)), want)
			files := refreshed(t, dir).Files()
			if n := len(all) - len(frames(t, all)); n != len(files) {
				t.Errorf("%d ends of %d files", n, len(files))
			}
			if rolled := len(files) > 3; rolled != (rollSize < 64<<20) {
				t.Errorf("%d files", len(files))
			}
			if n := leaktest.OpenIn(dir); n != 0 {
				t.Errorf("%d files open at the end", n)
			}
		})
	}
}

// TestHasMore: a reader knows without a look at the files whether it has another frame of what was read.
func TestHasMore(t *testing.T) {
	dir := t.TempDir()
	a, b := NewWriter(WriterOptions{Dir: dir}), NewWriter(WriterOptions{Dir: dir})
	defer a.Close()
	defer b.Close()
	var c *Catalog
	write := func(w *Writer, first uint64) {
		t.Helper()
		_, err := w.Write(spooltest.Sealed(first, "line\n"))
		check(t, err)
		c = cmp.Or(c, refreshed(t, dir))
		check(t, c.Refresh())
		for _, f := range c.Files() {
			f.Touch()
		}
	}
	write(a, 1)
	write(a, 2)
	r := NewReader(c, nil, nil)
	defer r.Close()
	next := func(want, more bool) {
		t.Helper()
		f, err := r.Next()
		check(t, err)
		if (f != nil) != want || r.HasMore() != more {
			t.Errorf("a frame: %t, more: %t", f != nil, r.HasMore())
		}
	}
	next(true, true)
	write(a, 3) // nobody has looked at it when the second is given
	next(true, false)
	write(b, 1)
	next(true, true)
	next(true, false)
	next(false, false)
}

func TestEndOfFileFrame(t *testing.T) {
	dir := t.TempDir()
	id := spooltest.FileID(1, 1)
	path := spooltest.RawFile(t, dir, id, spooltest.SealedLines(1, 0, ""))
	st, err := os.Stat(path)
	check(t, err)
	all := readAll(t, dir)
	if len(all) != 2 || all[0].endOfFile || all[0].lines != 0 || !all[1].endOfFile || all[1].end != st.Size() || all[1].file != id {
		t.Errorf("%v", all)
	}
}

// A frame is given out exactly when its last byte is there.
func TestFollowByteByByte(t *testing.T) {
	dir := t.TempDir()
	id := spooltest.FileID(1, 1)
	bytesOf := [][]byte{spooltest.Sealed(1, "a\nbb\n"), spooltest.SealedLines(3, 0, ""), spooltest.Sealed(3, "\xf5HSF\n"), spooltest.Sealed(4, strings.Repeat("c", 60)+"\n")}
	whole := append(spooltest.FileHeader(id), bytes.Join(bytesOf, nil)...)
	ends := map[int]uint64{} // offset of the end of a frame: its first line
	at := len(spooltest.FileHeader(id))
	for i, b := range bytesOf {
		at += len(b)
		ends[at] = []uint64{1, 3, 3, 4}[i]
	}

	path := dir + "/" + id.String()
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o640)
	check(t, err)
	defer f.Close()
	release := held(t, path)
	c := refreshed(t, dir)
	r := NewReader(c, nil, nil)
	defer r.Close()
	for i := range whole {
		if all := drain(t, r); len(all) > 0 {
			t.Fatalf("at %d: %v", i, all)
		}
		_, err := f.Write(whole[i : i+1])
		check(t, err)
		if all := drain(t, r); len(all) > 0 {
			t.Fatalf("at %d, without a hint: %v", i, all)
		}
		check(t, c.Refresh())
		c.Find(id.String()).Touch()
		all := drain(t, r)
		if first, want := ends[i+1]; want != (len(all) == 1) || want && (all[0].first != first || all[0].end != int64(i+1)) {
			t.Fatalf("%d bytes: %v", i+1, all)
		}
	}
	release()
	if all := drain(t, r); len(all) > 0 || r.AtEnd(func(frame.FileID) bool { return false }) {
		t.Fatalf("before the catalog knows that the file is complete: %v", all)
	}
	check(t, c.Refresh())
	if all := drain(t, r); len(all) != 1 || !all[0].endOfFile || all[0].end != int64(len(whole)) {
		t.Fatalf("at the end: %v", all)
	}
	if !r.AtEnd(func(frame.FileID) bool { return false }) {
		t.Error("not at the end")
	}
}

// A new reader, from any position that a consumer could have recorded, gives
// the rest and nothing else.
func TestResumeFromEveryPosition(t *testing.T) {
	dir := t.TempDir()
	for w := range uint64(2) {
		for n := range uint32(3) {
			id := spooltest.FileID(w, n+1)
			first := uint64(n)*10 + 1
			spooltest.RawFile(t, dir, id, spooltest.Sealed(first, "a\nb\n"), spooltest.SealedLines(first+2, 0, ""), spooltest.Sealed(first+2, "c\nd\ne\n"))
		}
	}
	c := refreshed(t, dir)
	r := NewReader(c, nil, nil)
	defer r.Close()
	all := drain(t, r)
	at := Positions{}
	for i, g := range all {
		resumesWith(t, c, at, all[i:])
		for done := 1; done < g.lines; done++ {
			within := at.Clone()
			within[g.file] = Position{g.start.Offset, done}
			rest := slices.Clone(all[i:])
			rest[0].start.Lines = done
			resumesWith(t, c, within, rest)
		}
		at[g.file] = Position{Offset: g.end}
	}
	resumesWith(t, c, at, nil)
}

// resumesWith compares what a reader gives from a position with what it should,
// writer by writer. Ends of files are said again, and not compared.
func resumesWith(t *testing.T, c *Catalog, from Positions, want []got) {
	t.Helper()
	r := NewReader(c, from, nil)
	defer r.Close()
	have := frames(t, drain(t, r))
	for w := range uint64(2) {
		if a, b := ofWriter(have, spooltest.WriterID(w)), ofWriter(frames(t, want), spooltest.WriterID(w)); !slices.Equal(a, b) {
			t.Fatalf("from %v: writer %d gave\n%v, want\n%v", from, w, a, b)
		}
	}
}

func ofWriter(all []got, id frame.WriterID) (of []got) {
	for _, g := range all {
		if g.file.Writer == id {
			of = append(of, g)
		}
	}
	return of
}

func TestReset(t *testing.T) {
	dir := t.TempDir()
	id := spooltest.FileID(1, 1)
	spooltest.RawFile(t, dir, id, spooltest.Sealed(1, "a\n"), spooltest.Sealed(2, "b\n"), spooltest.Sealed(3, "c\n"))
	r := NewReader(refreshed(t, dir), nil, nil)
	defer r.Close()
	var second Position
	for range 2 {
		f, err := r.Next()
		check(t, err)
		second = f.Start
	}
	r.Reset(Positions{id: second})
	if fs := firsts(drain(t, r)); !slices.Equal(fs, []uint64{2, 3}) {
		t.Errorf("%v", fs)
	}
	r.Close()
	r.Reset(Positions{id: {Offset: 10, Lines: 1}}) // within the header
	if f, err := r.Next(); err != nil || f.First != 1 || f.Start.Lines != 0 {
		t.Errorf("%+v, %v", f, err)
	}
	r.Reset(nil)
	if fs := firsts(drain(t, r)); !slices.Equal(fs, []uint64{1, 2, 3}) {
		t.Errorf("%v", fs)
	}
}

// Files are read by their writer's order, even when the younger one is the only
// one that has anything new.
func TestSuccessorWaits(t *testing.T) {
	dir := t.TempDir()
	held(t, spooltest.RawFile(t, dir, spooltest.FileID(1, 1), spooltest.Sealed(1, "a\n")))
	c := refreshed(t, dir)
	r := NewReader(c, nil, nil)
	defer r.Close()
	drain(t, r)
	spooltest.AppendTo(t, c.Files()[0].Path, spooltest.Sealed(2, "b\n"))
	spooltest.RawFile(t, dir, spooltest.FileID(1, 2), spooltest.Sealed(3, "c\n"))
	check(t, c.Refresh())
	if fs := firsts(drain(t, r)); !slices.Equal(fs, []uint64{2, 3}) {
		t.Errorf("%v", fs)
	}
}

func TestUnwantedFilesAreNotRead(t *testing.T) {
	dir := t.TempDir()
	spooltest.RawFile(t, dir, spooltest.FileID(1, 1), spooltest.Sealed(1, "a\n"))
	spooltest.RawFile(t, dir, spooltest.FileID(2, 1), spooltest.Sealed(1, "b\n"))
	asked := map[frame.FileID]int{}
	c := refreshed(t, dir)
	r := NewReader(c, nil, func(h *frame.FileHeader) bool {
		asked[h.File]++
		return h.File.Writer == spooltest.WriterID(2)
	})
	defer r.Close()
	all := append(drain(t, r), drain(t, r)...)
	if len(all) != 2 || all[0].payload != "b\n" || !all[1].endOfFile {
		t.Errorf("%v", all)
	}
	if len(asked) != 2 || asked[spooltest.FileID(1, 1)] != 1 {
		t.Errorf("asked: %v", asked)
	}
	if !r.AtEnd(func(frame.FileID) bool { return false }) {
		t.Error("not at the end")
	}
	if n := leaktest.OpenIn(dir); n != 0 {
		t.Errorf("%d files open", n)
	}
}

func TestAtEnd(t *testing.T) {
	dir := t.TempDir()
	open, done := spooltest.FileID(1, 1), spooltest.FileID(2, 1)
	held(t, spooltest.RawFile(t, dir, open, spooltest.Sealed(1, "a\n")))
	spooltest.RawFile(t, dir, done, spooltest.Sealed(1, "b\n"))
	r := NewReader(refreshed(t, dir), nil, nil)
	defer r.Close()
	none := func(frame.FileID) bool { return false }
	if r.AtEnd(none) {
		t.Error("at the end before the first Next")
	}
	drain(t, r)
	if r.AtEnd(none) || r.AtEnd(func(id frame.FileID) bool { return id == done }) {
		t.Error("at the end, while a file is written to")
	}
	if !r.AtEnd(func(id frame.FileID) bool { return id == open }) {
		t.Error("not at the end, but for the file that is written to")
	}
}

// A file of another version, or with a damaged header, is said once and left
// alone; all others go on.
func TestHeadersNotUnderstood(t *testing.T) {
	newer := func(b []byte) { b[6] = 3 }
	for name, hurt := range map[string]func([]byte){
		"newer version":      newer,
		"no spool file":      func(b []byte) { b[0] = 'X' },
		"checksum":           func(b []byte) { b[13]++ },
		"a host name longer": func(b []byte) { b[36]++ },
		"length":             func(b []byte) { b[8]++ },
		"length of 1 KiB":    func(b []byte) { b[9] = 4 },
		"length of 4 GiB":    func(b []byte) { b[11] = 255 },
		"length of nothing":  func(b []byte) { b[8] = 0 },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			bad := spooltest.RawFile(t, dir, spooltest.FileID(1, 1), spooltest.Sealed(1, "lost?\n"))
			spooltest.RawFile(t, dir, spooltest.FileID(1, 2), spooltest.Sealed(2, "after\n"))
			spooltest.RawFile(t, dir, spooltest.FileID(2, 1), spooltest.Sealed(1, "other\n"))
			spooltest.Overwrite(t, bad, hurt)
			c := refreshed(t, dir)
			r := NewReader(c, nil, nil)
			defer r.Close()
			all := drain(t, r)
			check(t, c.Refresh())
			for _, f := range c.Files() {
				f.Touch()
			}
			all = append(all, drain(t, r)...)

			var said, read int
			for _, g := range all {
				switch {
				case g.otherError != nil:
					said++
					if name == "newer version" && !errors.Is(g.otherError, frame.ErrVersion) {
						t.Errorf("%v", g)
					}
				case g.damage != nil || g.endOfFile && g.file == (spooltest.FileID(1, 1)):
					t.Errorf("the file is not left alone: %v", g)
				case !g.endOfFile:
					read++
				}
			}
			if said != 1 || read != 2 {
				t.Errorf("said %d times, %d other frames: %v", said, read, all)
			}
			if n := leaktest.OpenIn(dir); n != 0 {
				t.Errorf("%d files open", n)
			}
		})
	}
}

// overwrite changes the bytes of a file in place.
func TestRemovedUnderAReader(t *testing.T) {
	dir := t.TempDir()
	for n := range uint32(3) {
		spooltest.RawFile(t, dir, spooltest.FileID(1, n+1), spooltest.Sealed(uint64(2*n+1), "a\n"), spooltest.Sealed(uint64(2*n+2), "b\n"))
	}
	c := refreshed(t, dir)
	r := NewReader(c, nil, nil)
	defer r.Close()
	f, err := r.Next()
	check(t, err)
	if f.First != 1 {
		t.Fatalf("%+v", f)
	}
	check(t, c.Remove(c.Files()[0]))                                     // within it
	check(t, os.Remove(c.Files()[0].Path))                               // before it, and the catalog does not know
	if fs := firsts(drain(t, r)); !slices.Equal(fs, []uint64{2, 5, 6}) { // 2 had been read
		t.Errorf("%v", fs)
	}
	if !r.AtEnd(func(frame.FileID) bool { return false }) {
		t.Error("not at the end")
	}
	check(t, c.Refresh())
	drain(t, r)
	if len(c.Files()) != 1 || len(r.cursors) != 1 || leaktest.OpenIn(dir+"") != 0 {
		t.Errorf("%d files, %d cursors", len(c.Files()), len(r.cursors))
	}
}

// What stands in the way of reading a file can pass: the reader looks again
// when the catalog is refreshed, and not before.
func TestReadErrorsPass(t *testing.T) {
	dir := t.TempDir()
	path := spooltest.RawFile(t, dir, spooltest.FileID(1, 1), spooltest.Sealed(1, "a\n"))
	spooltest.RawFile(t, dir, spooltest.FileID(1, 2), spooltest.Sealed(2, "b\n"))
	c := refreshed(t, dir)
	r := NewReader(c, nil, nil)
	defer r.Close()

	check(t, os.Rename(path, path+".away"))
	check(t, os.Symlink(path, path)) // opens as nothing but an error
	if all := drain(t, r); len(all) != 1 || all[0].otherError == nil {
		t.Fatalf("%v", all)
	}
	check(t, os.Rename(path+".away", path))
	if all := drain(t, r); len(all) != 0 {
		t.Errorf("without a refresh: %v", all)
	}
	check(t, c.Refresh())
	if fs := firsts(drain(t, r)); !slices.Equal(fs, []uint64{1, 2}) {
		t.Errorf("%v", fs)
	}
}

func TestReadErrorInResync(t *testing.T) {
	dir := t.TempDir()
	id := spooltest.FileID(1, 1)
	path := spooltest.RawFile(t, dir, id, spooltest.Sealed(1, "a\n"), spooltest.Sealed(2, "b\n"), spooltest.Sealed(3, "c\n"))
	second := len(spooltest.FileHeader(id)) + len(spooltest.Sealed(1, "a\n"))
	spooltest.Overwrite(t, path, func(b []byte) { b[second+frame.HeaderSize]++ })
	c := refreshed(t, dir)
	r := NewReader(c, nil, nil)
	defer r.Close()
	_, err := r.Next()
	check(t, err)
	r.cursors[id].f.Close() // any I/O error would do
	if all := drain(t, r); len(all) != 1 || all[0].otherError == nil {
		t.Fatalf("%v", all)
	}
	check(t, c.Refresh())
	all := drain(t, r)
	if fs := firsts(all); !slices.Equal(fs, []uint64{3}) || all[0].damage == nil {
		t.Errorf("%v", all)
	}
}

// TestNoPermission: a file that may not be read is not done with. It is tried again, its
// writer's next file waits for it, and all others go on.
func TestNoPermission(t *testing.T) {
	dir := t.TempDir()
	shut := spooltest.RawFile(t, dir, spooltest.FileID(1, 1), spooltest.Sealed(1, "a\n"))
	spooltest.RawFile(t, dir, spooltest.FileID(1, 2), spooltest.Sealed(2, "b\n"))
	spooltest.RawFile(t, dir, spooltest.FileID(2, 1), spooltest.Sealed(7, "c\n"))
	check(t, os.Chmod(shut, 0))
	for _, above := range []string{dir, filepath.Dir(dir)} {
		check(t, os.Chmod(above, 0o755))
	}
	c := refreshed(t, dir)
	r := NewReader(c, nil, nil)
	defer r.Close()
	nobody := func(frame.FileID) bool { return false }
	asAnother(t, func() {
		for range 2 {
			all := drain(t, r)
			if len(all) == 0 || !errors.Is(all[0].otherError, os.ErrPermission) {
				t.Fatalf("%v", all)
			}
			if r.AtEnd(nobody) || !errors.Is(r.Unread(), os.ErrPermission) {
				t.Errorf("done with it: at the end %v, unread %v", r.AtEnd(nobody), r.Unread())
			}
			check(t, c.Refresh())
		}
	})
	check(t, os.Chmod(shut, 0o640))
	if fs := firsts(drain(t, r)); !slices.Equal(fs, []uint64{1, 2}) {
		t.Errorf("%v", fs)
	}
	if !r.AtEnd(nobody) || r.Unread() != nil {
		t.Errorf("not at the end, %v", r.Unread())
	}
}

// asAnother runs as a user who has no right that root has.
func asAnother(t *testing.T, do func()) {
	t.Helper()
	if os.Geteuid() != 0 {
		do()
		return
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	const nobody = 65534
	check(t, unix.Setfsuid(nobody))
	defer func() { _ = unix.Setfsuid(0) }() // what fails then, the test will
	do()
}

// TestSkip: what is left of a file is passed over and counted, from where the reader is, or from beyond that where others
// have it, once; the next file is read then.
func TestSkip(t *testing.T) {
	dir := t.TempDir()
	one, two := spooltest.FileID(1, 1), spooltest.FileID(1, 2)
	event := frame.AppendEvent(nil, frame.Frame{Time: spooltest.Time, First: 6}, "told")
	fs := [][]byte{spooltest.Sealed(1, "a\nb\n"), spooltest.Sealed(3, "c\nd\ne\n"), event, spooltest.SealedLines(7, 0, ""), spooltest.Sealed(7, "g\n")}
	spooltest.RawFile(t, dir, one, fs...)
	spooltest.RawFile(t, dir, two, spooltest.Sealed(8, "h\n"))
	starts, _ := extents(one, fs)
	for name, tt := range map[string]struct {
		read  int // frames that were read
		had   Position
		lines uint64
		want  []string // numbers
	}{
		"all":                               {0, Position{}, 6, []string{"1-2", "3-5", "6-6 event", "7-7"}},
		"behind a frame":                    {1, Position{}, 4, []string{"3-5", "6-6 event", "7-7"}},
		"others have two lines of the next": {1, Position{starts[1], 2}, 2, []string{"5-5", "6-6 event", "7-7"}},
		"others have less":                  {2, Position{starts[1], 2}, 1, []string{"6-6 event", "7-7"}},
	} {
		t.Run(name, func(t *testing.T) {
			c := refreshed(t, dir)
			r := NewReader(c, nil, nil)
			defer r.Close()
			for range tt.read {
				_, err := r.Next()
				check(t, err)
			}
			var got []string
			each := func(first, last uint64, event bool) {
				text := fmt.Sprint(first, "-", last)
				if event {
					text += " event"
				}
				got = append(got, text)
			}
			lines := r.Skip(c.Files()[0], tt.had, each)
			if lines != tt.lines || !slices.Equal(got, tt.want) {
				t.Errorf("%d lines, with the numbers %q, want %d, %q", lines, got, tt.lines, tt.want)
			}
			if n := r.Skip(c.Files()[0], Position{}, each) + r.Skip(&File{ID: spooltest.FileID(9, 1)}, Position{}, each); n != 0 {
				t.Errorf("%d lines are skipped again, or of a file that is not there", n)
			}
			if all := firsts(drain(t, r)); !slices.Equal(all, []uint64{8}) {
				t.Errorf("then come %v", all)
			}
			if n := leaktest.OpenIn(dir); n > 1 {
				t.Errorf("%d files are open", n)
			}
		})
	}
}
