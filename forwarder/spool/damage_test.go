package spool

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/spool/spooltest"
)

// extents are where frames lie in the file that rawFile makes of them.
func extents(id frame.FileID, fs [][]byte) (starts, ends []int64) {
	at := int64(len(spooltest.FileHeader(id)))
	for _, f := range fs {
		starts = append(starts, at)
		at += int64(len(f))
		ends = append(ends, at)
	}
	return starts, ends
}

// Each bit of a file is flipped in turn. What was not touched is given out, and
// the damage is named exactly.
func TestEveryFlippedBit(t *testing.T) {
	dir := t.TempDir()
	id := spooltest.FileID(1, 1)
	fs := spooltest.SomeFrames()
	path := spooltest.RawFile(t, dir, id, fs...)
	spooltest.RawFile(t, dir, spooltest.FileID(2, 1), spooltest.Sealed(1, "other\n"))
	starts, ends := extents(id, fs)
	good, err := os.ReadFile(path)
	check(t, err)
	for bit := int(starts[0]) * 8; bit < len(good)*8; bit++ {
		if within := bit/8 - int(starts[frameAt(ends, bit/8)]); within > 12 && bit%8 != within%8 {
			continue // one bit of a byte will do, but for magic, checksum and length
		}
		spooltest.Overwrite(t, path, func(b []byte) { copy(b, good); b[bit/8] ^= 1 << (bit % 8) })
		hurt := frameAt(ends, bit/8)
		var read []int64
		var damage []got
		var others int
		for _, g := range readAll(t, dir) {
			switch {
			case g.otherError != nil:
				t.Fatalf("byte %d: %v", bit/8, g)
			case g.damage != nil:
				damage = append(damage, g)
			case g.file != id:
				others++
			case !g.endOfFile:
				read = append(read, g.start.Offset)
			}
		}
		if want := slices.Delete(slices.Clone(starts), hurt, hurt+1); !slices.Equal(read, want) || others != 2 {
			t.Errorf("byte %d, bit %d: frames at %v, want %v", bit/8, bit%8, read, want)
		}
		if len(damage) != 1 || damage[0].damage.Offset != starts[hurt] || damage[0].damage.Length != ends[hurt]-starts[hurt] ||
			damage[0].damage.Path != path {
			t.Errorf("byte %d, bit %d: %v, want %d+%d", bit/8, bit%8, damage, starts[hurt], ends[hurt]-starts[hurt])
		}
	}
}

func frameAt(ends []int64, at int) int {
	return slices.IndexFunc(ends, func(end int64) bool { return int64(at) < end })
}

// Each bit of the header is flipped in turn: the file is left alone, said once.
func TestEveryFlippedBitOfTheHeader(t *testing.T) {
	dir := t.TempDir()
	id := spooltest.FileID(1, 1)
	path := spooltest.RawFile(t, dir, id, spooltest.SomeFrames()...)
	good, err := os.ReadFile(path)
	check(t, err)
	for bit := range len(spooltest.FileHeader(id)) * 8 {
		spooltest.Overwrite(t, path, func(b []byte) { copy(b, good); b[bit/8] ^= 1 << (bit % 8) })
		if all := readAll(t, dir); len(all) != 1 || all[0].otherError == nil {
			t.Errorf("byte %d, bit %d: %v", bit/8, bit%8, all)
		}
	}
}

// A file that ends anywhere gives all frames that are whole, and one torn one.
func TestTornAtEveryLength(t *testing.T) {
	dir := t.TempDir()
	id := spooltest.FileID(1, 1)
	fs := spooltest.SomeFrames()
	path := spooltest.RawFile(t, dir, id, fs...)
	starts, ends := extents(id, fs)
	good, err := os.ReadFile(path)
	check(t, err)
	for size := int64(len(good)); size > 0; size-- {
		check(t, os.Truncate(path, size))
		whole, torn := 0, int64(0)
		for whole < len(fs) && ends[whole] <= size {
			whole++
		}
		if size < starts[0] {
			torn = size
		} else if whole < len(fs) {
			torn = size - starts[whole]
		}
		all := readAll(t, dir)
		if n := len(firsts(all)); n != whole {
			t.Errorf("%d bytes: %d frames, want %d", size, n, whole)
		}
		if end := all[len(all)-1]; !end.endOfFile || end.end != size {
			t.Errorf("%d bytes: ends with %v", size, end)
		}
		var damage []*DamageError
		for _, g := range all {
			if g.damage != nil {
				damage = append(damage, g.damage)
			}
		}
		switch {
		case torn == 0 && len(damage) > 0:
			t.Errorf("%d bytes: %v", size, damage)
		case torn > 0 && (len(damage) != 1 || !damage[0].Torn || damage[0].Length != torn || damage[0].Offset != size-torn):
			t.Errorf("%d bytes: %v, want %d torn", size, damage, torn)
		}
	}
}

// A torn frame whose payload holds what looks like a frame is not taken apart:
// payloads can come from anyone.
func TestTornPayloadIsNotSearched(t *testing.T) {
	dir := t.TempDir()
	forged := spooltest.Sealed(9, "forged\n")
	one := spooltest.Sealed(1, "a\n"+string(forged)+"the end\n")
	path := spooltest.RawFile(t, dir, spooltest.FileID(1, 1), one)
	for cut := range len("the end\n") {
		check(t, os.Truncate(path, int64(len(spooltest.FileHeader(spooltest.FileID(1, 1)))+len(one)-cut-1)))
		all := readAll(t, dir)
		if len(all) != 2 || all[0].damage == nil || !all[0].damage.Torn || !all[1].endOfFile {
			t.Errorf("%v", all)
		}
	}
}

// Whatever becomes of a file, the frames that were not touched are read, each
// once and in order.
func TestCorruption(t *testing.T) {
	id := spooltest.FileID(1, 1)
	fs := spooltest.SomeFrames()
	starts, ends := extents(id, fs)
	for name, c := range map[string]struct {
		corrupt func([]byte) []byte
		want    []uint64
		damages int
	}{
		"nothing": {func(b []byte) []byte { return b }, []uint64{1, 2, 4, 4, 5}, 0},
		"a frame of zeros": {func(b []byte) []byte {
			clear(b[starts[1]:ends[1]])
			return b
		}, []uint64{1, 4, 4, 5}, 1},
		"zeros behind the end": {func(b []byte) []byte { return append(b, make([]byte, 5000)...) }, []uint64{1, 2, 4, 4, 5}, 1},
		"a few zeros behind":   {func(b []byte) []byte { return append(b, 0, 0, 0) }, []uint64{1, 2, 4, 4, 5}, 1},
		"bytes cut out": {func(b []byte) []byte {
			return slices.Delete(b, int(starts[1])+50, int(starts[1])+55)
		}, []uint64{1, 4, 4, 5}, 1},
		"bytes put in": {func(b []byte) []byte {
			return slices.Insert(b, int(starts[1])+50, []byte("\xf5HSF\xf5HSF\xf5HS")...)
		}, []uint64{1, 4, 4, 5}, 1},
		"rubbish between frames": {func(b []byte) []byte {
			return slices.Insert(b, int(starts[4]), bytes.Repeat([]byte("\xf5HSF"), 1000)...)
		}, []uint64{1, 2, 4, 4, 5}, 1},
		"more rubbish than the buffer holds": {func(b []byte) []byte {
			return slices.Insert(b, int(starts[4]), bytes.Repeat([]byte("rubbish"), 3<<20)...)
		}, []uint64{1, 2, 4, 4, 5}, 1},
		"two frames apart":    {func(b []byte) []byte { b[starts[1]]++; b[starts[3]]++; return b }, []uint64{1, 4, 5}, 2},
		"two frames together": {func(b []byte) []byte { b[starts[0]]++; b[starts[1]+4]++; return b }, []uint64{4, 4, 5}, 1},
		"the longest length": {func(b []byte) []byte {
			copy(b[starts[1]+8:], []byte{0, 0, 0x40, 0})
			return b
		}, []uint64{1, 4, 4, 5}, 1},
		"longer than the longest": {func(b []byte) []byte {
			copy(b[starts[1]+8:], []byte{1, 0, 0x40, 0})
			return b
		}, []uint64{1, 4, 4, 5}, 1},
		"no frame is whole": {func(b []byte) []byte {
			for i := range starts {
				b[starts[i]+16]++
			}
			return b
		}, nil, 1},
		"damaged and torn": {func(b []byte) []byte {
			b[starts[2]]++
			return b[:len(b)-1]
		}, []uint64{1, 2, 4}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := spooltest.RawFile(t, dir, id, fs...)
			b, err := os.ReadFile(path)
			check(t, err)
			b = c.corrupt(b)
			check(t, os.WriteFile(path, b, 0o640))
			all := readAll(t, dir)
			if have := firsts(all); !slices.Equal(have, c.want) {
				t.Errorf("frames %v, want %v", have, c.want)
			}
			if n := covers(t, all, starts[0], int64(len(b))); n != c.damages {
				t.Errorf("%d damages, want %d: %v", n, c.damages, all)
			}
		})
	}
}

// covers checks that frames and damages follow each other without a gap, from
// the header to the end of the file, and counts the damages.
func covers(t testing.TB, all []got, from, size int64) (damages int) {
	t.Helper()
	at := from
	for _, g := range all {
		switch {
		case g.otherError != nil:
			t.Errorf("%v", g)
		case g.damage != nil:
			damages++
			if g.damage.Offset != at || g.damage.Length <= 0 {
				t.Errorf("at %d: %v", at, g)
			}
			at = g.damage.Offset + g.damage.Length
		case g.endOfFile:
			if g.end != size || at != size {
				t.Errorf("at %d of %d: %v", at, size, g)
			}
		default:
			if g.start.Offset != at {
				t.Errorf("at %d: %v", at, g)
			}
			at = g.end
		}
	}
	return damages
}

// Damage in a file that is still written to does not swallow the frame that is
// in flight behind it, wherever that is split.
func TestDamageBeforeAFrameInFlight(t *testing.T) {
	id := spooltest.FileID(1, 1)
	damaged, last := spooltest.Sealed(2, "damaged\n"), spooltest.Sealed(3, "in flight\n")
	damaged[frame.HeaderSize]++
	for _, bad := range [][]byte{damaged, bytes.Repeat([]byte("x"), 2*frame.HeaderSize), bytes.Repeat([]byte("\xf5HSF"), 20)} {
		for split := range len(last) + 1 {
			t.Run(fmt.Sprint(len(bad), split), func(t *testing.T) {
				dir := t.TempDir()
				path := spooltest.RawFile(t, dir, id, spooltest.Sealed(1, "good\n"), bad, last[:split])
				release := held(t, path)
				c := refreshed(t, dir)
				r := NewReader(c, nil, nil)
				defer r.Close()
				all := drain(t, r)
				spooltest.AppendTo(t, path, last[split:])
				c.Files()[0].Touch()
				all = append(all, drain(t, r)...)
				release()
				check(t, c.Refresh())
				all = append(all, drain(t, r)...)
				if fs := firsts(all); !slices.Equal(fs, []uint64{1, 3}) {
					t.Errorf("%v", all)
				}
				st, err := os.Stat(path)
				check(t, err)
				covers(t, all, int64(len(spooltest.FileHeader(id))), st.Size())
			})
		}
	}
}

func TestSetAside(t *testing.T) {
	dir := t.TempDir()
	id := spooltest.FileID(1, 1)
	fs := spooltest.SomeFrames()
	path := spooltest.RawFile(t, dir, id, fs...)
	starts, _ := extents(id, fs)
	spooltest.Overwrite(t, path, func(b []byte) { b[starts[1]+frame.HeaderSize]++ })
	var damage *DamageError
	for _, g := range readAll(t, dir) {
		if g.damage != nil {
			damage = g.damage
		}
	}
	want := slices.Clone(fs[1])
	want[frame.HeaderSize]++
	for range 2 { // again is no harm
		aside, err := damage.SetAside(filepath.Join(dir, "damaged"))
		check(t, err)
		have, err := os.ReadFile(aside)
		check(t, err)
		if !bytes.Equal(have, want) || filepath.Base(aside) != fmt.Sprintf("%v.%d", id, starts[1]) {
			t.Errorf("%s: %q, want %q", aside, have, want)
		}
	}
	if _, err := damage.SetAside(dir); err != nil { // no spool file by its name
		t.Error(err)
	}
	if n := len(refreshed(t, dir).Files()); n != 1 {
		t.Errorf("%d spool files", n)
	}
	check(t, os.Remove(path))
	if _, err := damage.SetAside(filepath.Join(dir, "late")); err == nil {
		t.Error("a file that is gone is set aside")
	}
}

// TestDamageIsTold: what a reader has passed over is named by file, place and kind, with the numbers that it had.
func TestDamageIsTold(t *testing.T) {
	dir := t.TempDir()
	id := spooltest.FileID(1, 1)
	fs := spooltest.SomeFrames()
	path := spooltest.RawFile(t, dir, id, append(fs, spooltest.Sealed(6, "six\n")[:20])...)
	starts, ends := extents(id, fs)
	spooltest.Overwrite(t, path, func(b []byte) { b[starts[1]+frame.HeaderSize]++ })
	var told []string
	for _, g := range readAll(t, dir) {
		if d := g.damage; d != nil {
			told = append(told, strings.TrimPrefix(d.Error(), "spool: "+path+": "))
			if d.Unwrap() != d.Err || d.File != id || d.Head == nil || d.Head.Stream != "access" {
				t.Errorf("%+v", d)
			}
			if want := []frame.Run{{First: 2, Last: 3}}; d.Torn == slices.Equal(d.Runs(), want) {
				t.Errorf("%s: it had the numbers %v", d.How(), d.Runs())
			}
			check(t, os.Rename(path, path+"x"))
			if runs := d.Runs(); runs != nil {
				t.Errorf("numbers %v of a file that is gone", runs)
			}
			check(t, os.Rename(path+"x", path))
		}
	}
	want := []string{
		fmt.Sprintf("%d bytes damaged at offset %d: wrong checksum", len(fs[1]), starts[1]),
		fmt.Sprintf("20 bytes torn at offset %d: part of a frame", ends[4]),
	}
	if !slices.Equal(told, want) {
		t.Errorf("told %q, want %q", told, want)
	}
}
