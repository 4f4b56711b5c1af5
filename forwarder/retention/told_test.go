package retention

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"httpd-syslog/forwarder/testbed"
)

// TestClockIsToldOf: steps of an hour or more.
func TestClockIsToldOf(t *testing.T) {
	b := newBench(t, Policy{KeepAge: 365 * day})
	b.pass()
	for _, step := range []struct {
		by   time.Duration
		code string
	}{{2 * 365 * day, "clock.forward"}, {-3 * 365 * day, "clock.back"}} {
		b.texts = nil
		b.m.off += step.by
		b.m.pass(time.Minute)
		b.pass()
		testbed.WantTold(t, b.said(), step.code)
	}
	b.texts = nil
	b.m.off += time.Minute
	b.m.pass(time.Minute)
	if b.pass(); testbed.Tells(b.said(), "clock.forward") || testbed.Tells(b.said(), "clock.back") {
		t.Errorf("a minute is told: %q", b.texts)
	}
}

// TestRecordOfRotatedFiles: one that cannot be written is told, and when it can be again; one that cannot be read,
// too.
func TestRecordOfRotatedFiles(t *testing.T) {
	b := newBench(t, Policy{KeepAge: 365 * day})
	record := filepath.Join(b.dir, "..", "rotated")
	b.rotated("access_log", "x")
	b.pass()
	must(t, os.MkdirAll(record+".new", 0o700)) // where it is written before it gets its name
	b.m.pass(day)
	b.m.off += 2 * time.Hour // something to be recorded
	b.pass()
	testbed.WantTold(t, b.said(), "rotated.unrecorded")
	must(t, os.Remove(record+".new"))
	b.m.pass(2 * retryEvery)
	b.pass()
	testbed.WantTold(t, b.said(), "rotated.recorded")
	testbed.WriteFile(t, record, "damaged")
	b.restart()
	b.pass()
	testbed.WantTold(t, b.said(), "rotated.unread")
}

// TestDirectoryThatCannotBeRead is told once, and when it can be read again.
func TestDirectoryThatCannotBeRead(t *testing.T) {
	b := newBench(t, Policy{KeepAge: day})
	b.rotated("access_log", "x")
	b.pass()
	must(t, os.Rename(b.dir, b.dir+".away"))
	testbed.WriteFile(t, b.dir, "no directory")
	b.m.pass(2 * day)
	b.pass()
	testbed.WantTold(t, b.said(), "rotated.unseen")
	must(t, os.Remove(b.dir))
	must(t, os.Rename(b.dir+".away", b.dir))
	b.m.pass(2 * retryEvery)
	b.pass()
	testbed.WantTold(t, b.said(), "rotated.seen")
}
