package spool

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestCountLines(t *testing.T) {
	whole := bytes.Join(someFrames(), nil)
	if n := CountLines(whole); n != 5 {
		t.Errorf("%d lines", n)
	}
	if n := CountLines(whole[:len(whole)-1]); n != 4 {
		t.Errorf("%d lines in whole frames", n)
	}
	if n := CountLines(nil); n != 0 {
		t.Errorf("%d lines in nothing", n)
	}
}

// What one writer wrote moves, frames without lines too; what others wrote
// stays.
func TestMoveTo(t *testing.T) {
	one, two := t.TempDir(), filepath.Join(t.TempDir(), "two")
	other := rawFile(t, one, FileID{writerID(1), 1}, sealed(1, "other\n"))
	w := NewWriter(WriterOptions{Dir: one, Stream: "access", RollSize: 300})
	defer w.Close()
	var want []string
	for i := range 10 {
		frame := sealed(uint64(i+1), "x\n")
		if i%3 == 1 {
			frame = sealedLines(uint64(i+1), 0, "")
		}
		_, err := w.Write(frame)
		check(t, err)
		want = append(want, string(frame[FrameHeader:]))
	}
	check(t, w.MoveTo(two))
	check(t, write(w, 11))
	check(t, w.Close())
	all := frames(t, readAll(t, two))
	if have := payloads(all)[w.ID()]; !slices.Equal(have, append(want, "x\n")) || !slices.Equal(firsts(all), upTo(11)) {
		t.Errorf("%q, %v", have, all)
	}
	if names, err := filepath.Glob(one + "/*"); err != nil || !slices.Equal(names, []string{other}) {
		t.Errorf("left behind: %v", names)
	}
	if n := openFiles(t, one) + openFiles(t, two); n != 0 {
		t.Errorf("%d files open", n)
	}
}

// What could not be moved stays, and the writer goes on.
func TestMoveToStopsAtDamage(t *testing.T) {
	one, two := t.TempDir(), t.TempDir()
	w := NewWriter(WriterOptions{Dir: one, Stream: "access"})
	defer w.Close()
	check(t, write(w, 1))
	check(t, write(w, 2))
	path := filepath.Join(one, FileID{w.ID(), 1}.String())
	overwrite(t, path, func(b []byte) { b[len(b)-1]++ })
	if w.MoveTo(two) == nil {
		t.Error("moved in spite of damage")
	}
	_, err := os.Stat(path)
	check(t, err)
	check(t, write(w, 3))
	if w.Dir() != two {
		t.Error(w.Dir())
	}
}

func TestSyncWriter(t *testing.T) {
	dir := t.TempDir()
	w := NewWriter(WriterOptions{Dir: dir, RollSize: 1})
	defer w.Close()
	check(t, SyncWriter(dir, w.ID()))
	check(t, write(w, 1))
	check(t, write(w, 2))
	check(t, SyncWriter(dir, w.ID()))
	if n := openFiles(t, dir); n != 1 {
		t.Errorf("%d files open", n)
	}
}
