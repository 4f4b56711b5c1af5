package locallog

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"httpd-syslog/forwarder/locallog/shortage"
	"httpd-syslog/forwarder/testbed"
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
		l.state.at = time.Time{} // a commit is due
		must(t, s.step(l))
	}
	after, err := os.Stat(path)
	must(t, err)
	if !os.SameFile(before, after) { // each record is a file of its own
		t.Error("nothing is new, and the record was written again")
	}
}

// TestRecordFollowsTheLastLine: what was written between two records is in the next one, though nothing more comes.
func TestRecordFollowsTheLastLine(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.writer("access")
	l, end := s.beginLocal()
	defer end()
	w.Lines(1)
	must(t, s.step(l))
	must(t, l.commit())
	l.state.at = time.Now().Add(time.Hour) // none is due
	w.Lines(10)
	must(t, s.step(l))
	if n := l.state.last.Streams["access"].Lines; n != 1 {
		t.Errorf("%d lines are recorded, and no record was due", n)
	}
	l.state.at = time.Time{}
	must(t, s.step(l))
	if n := l.state.last.Streams["access"].Lines; n != 11 {
		t.Errorf("%d lines are recorded, of 11", n)
	}
}

// TestNothingCanBeWrittenForAWhile: the error comes back, nothing more is read than what is in hand, and when there is room
// again each line is written once: whether it came in a frame that is gathered with others, or in one that is written by itself.
func TestNothingCanBeWrittenForAWhile(t *testing.T) {
	t.Parallel()
	for _, lines := range []int{10, 3000} { // of about 30 KB
		s := sealed(t)
		w := s.writer("access")
		l, end := s.beginLocal()
		w.Lines(1)
		must(t, s.step(l))
		l.shortage.Full, l.shortage.LookedAt = true, time.Now().Add(time.Hour)
		for range 5 {
			w.Lines(lines)
		}
		for range 3 {
			if err := s.step(l); !shortage.IsFull(err) {
				t.Errorf("a step on a full disk: %v", err)
			}
			if l.batch.size > batchSize/2 {
				t.Errorf("%d bytes are in hand", l.batch.size)
			}
		}
		if got := s.local("access_log"); got != testbed.Numbered(1, 1) {
			t.Errorf("%d lines were written", strings.Count(got, "\n"))
		}
		l.shortage.Full = false
		must(t, s.step(l))
		if got := s.local("access_log"); got != testbed.Numbered(1, 5*lines+1) {
			t.Errorf("the file has %d lines, or others", strings.Count(got, "\n"))
		}
		end()
		s.deliverLocally()
		s.checkSeals(0, 0)
	}
}

// TestDelayIsFromTheFirstLine: what is gathered is as late as the line that came first.
func TestDelayIsFromTheFirstLine(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.writer("access")
	w.Lines(1)
	before := time.Now()
	l, end := s.beginLocal()
	defer end()
	for time.Since(before) < 20*time.Millisecond {
		w.Lines(1)
	}
	must(t, s.step(l))
	if sum := l.Progress.LocalHealth().Latency.Sum; sum < (20*time.Millisecond).Seconds() || sum > 1e6 {
		t.Errorf("the delay is %v s", sum)
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
