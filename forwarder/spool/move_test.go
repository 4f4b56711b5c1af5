package spool

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"httpd-syslog/forwarder/leaktest"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/spool/spooltest"
)

// What one writer wrote moves, frames without lines too; what others wrote
// stays.
func TestMoveTo(t *testing.T) {
	one, two := t.TempDir(), filepath.Join(t.TempDir(), "two")
	other := spooltest.RawFile(t, one, spooltest.FileID(1, 1), spooltest.Sealed(1, "other\n"))
	w := NewWriter(WriterOptions{Dir: one, Stream: "access", RollSize: 300})
	defer w.Close()
	var want []string
	for i := range 10 {
		one := spooltest.Sealed(uint64(i+1), "x\n")
		if i%3 == 1 {
			one = spooltest.SealedLines(uint64(i+1), 0, "")
		}
		_, err := w.Write(one)
		check(t, err)
		want = append(want, string(one[frame.HeaderSize:]))
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
	if n := leaktest.OpenIn(one) + leaktest.OpenIn(two); n != 0 {
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
	path := filepath.Join(one, frame.FileID{Writer: w.ID(), Number: 1}.String())
	spooltest.Overwrite(t, path, func(b []byte) { b[len(b)-1]++ })
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
	if n := leaktest.OpenIn(dir); n != 1 {
		t.Errorf("%d files open", n)
	}
}
