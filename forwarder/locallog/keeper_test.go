package locallog

import (
	"maps"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestHeldFiles: retention leaves those files alone that the last record names, which a recovery may have to cut: until a
// record names the next one, a file that was rotated meanwhile is among them.
func TestHeldFiles(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w, e := s.writer("access"), s.writer("error")
	l, end := s.beginLocal()
	defer end()
	w.Lines(10)
	e.Lines(1)
	must(t, s.step(l))
	must(t, l.commit())
	want := make(map[uint64]bool)
	for _, name := range []string{"access_log", "error_log"} {
		var st unix.Stat_t
		must(t, unix.Stat(filepath.Join(s.o.Dir, name), &st))
		want[st.Ino] = true
	}
	if held := l.heldFiles(); !maps.Equal(held, want) {
		t.Errorf("held are %v, want %v", held, want)
	}
	path := filepath.Join(s.o.Dir, "access_log")
	must(t, os.Rename(path, path+"-"+time.Now().Format("2006-01-02T15-04-05.000")))
	w.Lines(1)
	l.state.at = time.Now().Add(time.Hour)
	if held := l.heldFiles(); !maps.Equal(held, want) {
		t.Errorf("held are %v, want %v, as long as no other record is written", held, want)
	}
}
