package intake

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/testbed"
)

// TestNoticeIsTold: behind the next lines, and not only at the end.
func TestNoticeIsTold(t *testing.T) {
	var notices Notices
	var dir string
	p := runPiped(t, 1<<20, func(o *Options) { o.Notices, dir = &notices, o.StateDir.Spool() })
	p.write(1)
	told := func() (n int) {
		_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if b, err := os.ReadFile(path); err == nil {
				n += strings.Count(string(b), "event=intake.memory")
			}
			return nil
		})
		return n
	}
	notices.Add(event.LessMemory.With("stream", "access", "memory", 1, "wanted", 4711))
	p.write(1)
	testbed.Eventually(t, "the notice is told", func() bool { return told() > 0 })
	before := told()
	p.write(1)
	p.end()
	if n := told(); n != before {
		t.Errorf("told %d times, then %d", before, n)
	}
}

// TestMemoryThatThereIsNot: the intake has less than it was told to, and says so.
func TestMemoryThatThereIsNot(t *testing.T) {
	in := intakeOf(t, []byte("a line\n"), func(o *Options) { o.Notices, o.Memory = &Notices{}, 1<<47 })
	less, err := ringOf(in.o)
	if err != nil {
		t.Fatal(err)
	}
	defer less.Free()
	if _, err := newIntake(in.o, in.reader.in, less).run(); err != nil {
		t.Fatal(err)
	}
	testbed.WantTold(t, testbed.Spooled(t, in.o.StateDir), "intake.memory")
}

// TestNoticesAreBounded: what nobody writes does not take ever more memory: the first ones wait, and are had once.
func TestNoticesAreBounded(t *testing.T) {
	var none *Notices
	var n Notices
	if none.unwritten() != nil || n.unwritten() != nil {
		t.Error("there are notices that nobody has added")
	}
	for i := range 100 {
		n.Add(event.LessMemory.With("stream", "access", "memory", i, "wanted", 4711))
	}
	all := n.unwritten()
	if len(all) != 16 || !strings.Contains(all[15].String(), "memory=15") || n.unwritten() != nil {
		t.Errorf("%d notices: %v", len(all), all)
	}
	n.Add(event.LessMemory.With("stream", "access", "memory", 1, "wanted", 4711))
	if all := n.unwritten(); len(all) != 1 {
		t.Errorf("%d notices, of one", len(all))
	}
}
