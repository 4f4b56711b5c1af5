package locallog

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// TestRecordIsWrittenForSomethingNew: what is committed is not committed again.
func TestRecordIsWrittenForSomethingNew(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.writer("access")
	l, end := s.beginLocal()
	defer end()
	w.Lines(10)
	must(t, s.step(l))
	must(t, l.commit())
	path := s.stateDir.Cursor(l.Progress.Name())
	before, err := os.Stat(path)
	must(t, err)
	for range 3 {
		must(t, s.step(l))
	}
	after, err := os.Stat(path)
	must(t, err)
	if !os.SameFile(before, after) { // each record is a file of its own
		t.Error("nothing is new, and the record was written again")
	}
}

// TestStatusOfFilesThatWait: it names the first one, how many there are, and says that the others are
// written.
func TestStatusOfFilesThatWait(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	access, failed := filepath.Join(s.o.Dir, "access_log"), filepath.Join(s.o.Dir, "error_log")
	must(t, os.MkdirAll(access, 0o755))
	w, e := s.writer("access"), s.writer("error")
	l, end := s.beginLocal()
	defer end()
	w.Lines(1)
	_ = s.step(l)
	if got := l.Progress.LocalHealth().Error; !regexp.MustCompile(`^access_log: [^()]+; the other files are written$`).MatchString(got) {
		t.Errorf("one waits: %q", got)
	}
	must(t, os.MkdirAll(failed, 0o755))
	e.Lines(1)
	_ = s.step(l)
	if got := l.Progress.LocalHealth().Error; !regexp.MustCompile(`^access_log: .+ \(2 files like that\); the other files are written$`).MatchString(got) {
		t.Errorf("two wait: %q", got)
	}
	must(t, os.Remove(access))
	must(t, os.Remove(failed))
	s.untilLevel(l)
	if got := l.Progress.LocalHealth().Error; got != "" {
		t.Errorf("none waits: %q", got)
	}
}
